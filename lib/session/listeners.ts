/** The key of what listeners are told later, for all copies of this package. */
const WAITING = Symbol.for('nestjs-client-sessions/1.waiting');

const shared = globalThis as { [WAITING]?: (() => void)[] | undefined };

/**
 * Tells a listener of the application something, such as its logger. While a session is being opened, it waits: the
 * listener may ask for that session, too, which would be opened once more, and so on.
 *
 * @param tell must not throw
 */
export function tellListeners(tell: () => void): void {
  const waiting = shared[WAITING];
  if (waiting) waiting.push(tell);
  else tell();
}

/** Lets listeners wait until something is done, which must not be asynchronous. */
export function whileListenersWait<T>(act: () => T): T {
  if (shared[WAITING]) return act();
  const waiting = (shared[WAITING] = [] as (() => void)[]);
  try {
    return act();
  } finally {
    shared[WAITING] = undefined;
    for (const tell of waiting) tell();
  }
}
