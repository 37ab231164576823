/**
 * The clocks that logins go by. A machine may set the first two forward or back; the third one may stand still while it
 * sleeps.
 */
export interface Clocks {
  /** The clock of sessions: ms since epoch. */
  now(): number;
  /** The clock of the machine: ms since epoch. @default `now` */
  readonly system?: (() => number) | undefined;
  /** ms since any moment; never goes back */
  elapsed(): number;
}

/** A point in time by both clocks that measure how long something takes. */
export interface Moment {
  readonly now: number;
  readonly elapsed: number;
}

/** Runs something once, later, and returns a function that takes it back. The process may end before. */
export type Schedule = (act: () => void, ms: number) => () => void;

export function momentOf(clocks: Clocks): Moment {
  return { now: systemTime(clocks), elapsed: clocks.elapsed() };
}

/** How long ago a moment was, by the clock that says more. So a clock that was set back makes nothing young again. */
export function msSince({ now, elapsed }: Moment, clocks: Clocks): number {
  return Math.max(systemTime(clocks) - now, clocks.elapsed() - elapsed);
}

function systemTime(clocks: Clocks): number {
  return clocks.system ? clocks.system() : clocks.now();
}

/** A timer that does not keep the process alive. */
export const schedule: Schedule = (act, ms) => {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
};
