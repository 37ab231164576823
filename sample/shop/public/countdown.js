// Shows the remaining time beside every expiry, second by second.
const expiries = [...document.querySelectorAll('aside time')].map((time) => {
  const left = document.createElement('span');
  time.after(left);
  return { at: Date.parse(time.dateTime), left };
});

function tick() {
  for (const { at, left } of expiries) left.textContent = describe(at - Date.now());
}

function describe(ms) {
  if (ms <= 0) return 'expired';
  const seconds = Math.ceil(ms / 1000);
  const two = (value) => String(Math.floor(value)).padStart(2, '0');
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  return days > 0 ? `in ${days} ${days === 1 ? 'day' : 'days'}, ${clock}` : `in ${clock}`;
}

tick();
setInterval(tick, 1000);
