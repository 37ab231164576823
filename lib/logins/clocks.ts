/** Two clocks. A machine may set the first one forward or back; the second one may stand still while it sleeps. */
export interface Clocks {
  /** ms since epoch */
  now(): number;
  /** ms since any moment; never goes back */
  elapsed(): number;
}

/** A point in time by both clocks. */
export interface Moment {
  readonly now: number;
  readonly elapsed: number;
}

/** Runs something once, later, and returns a function that takes it back. The process may end before. */
export type Schedule = (act: () => void, ms: number) => () => void;

export function momentOf(clocks: Clocks): Moment {
  return { now: clocks.now(), elapsed: clocks.elapsed() };
}

/** How long ago a moment was, by the clock that says more. So a clock that was set back makes nothing young again. */
export function msSince({ now, elapsed }: Moment, clocks: Clocks): number {
  return Math.max(clocks.now() - now, clocks.elapsed() - elapsed);
}

/** A timer that does not keep the process alive. */
export const schedule: Schedule = (act, ms) => {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
};
