/** What listeners are to be told once they may ask for sessions again. */
let waiting: (() => void)[] | undefined;

/**
 * Tells a listener of the application something, such as its logger. While a session is being opened, it waits: the
 * listener may ask for that same session, which would be opened once more, and so on.
 *
 * @param tell must not throw
 */
export function tellListeners(tell: () => void): void {
  if (waiting) waiting.push(tell);
  else tell();
}

/** Lets listeners wait until something is done, which must not be asynchronous. */
export function whileListenersWait<T>(act: () => T): T {
  if (waiting) return act();
  waiting = [];
  try {
    return act();
  } finally {
    const told = waiting;
    waiting = undefined;
    for (const tell of told) tell();
  }
}
