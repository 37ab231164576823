/** A check of `chaos()` has failed. `cause` is what it threw. */
export class ChaosError extends Error {
  override readonly name = 'ChaosError';

  constructor(
    message: string,
    /** Give it to `chaos()` to try the same orders again. */
    readonly seed: number,
    /** The requests that met, such as `['GET /me', 'POST /logout']`. Two of them, if two are enough. */
    readonly met: readonly string[],
    /** What happened, a line for each step. */
    readonly steps: readonly string[],
    cause: unknown,
  ) {
    super(message, { cause });
  }
}
