import { LoginsUnavailableError } from '../errors/logins-unavailable.error.js';
import type { Schedule } from './clocks.js';

/**
 * Waits for an answer of a store.
 *
 * @param problem what is not possible without it, as a sentence without its full stop
 * @throws {@link LoginsUnavailableError} if the store fails, or does not answer in time
 */
export async function answerInTime<T>(
  ms: number,
  schedule: Schedule,
  problem: string,
  ask: () => Promise<T>,
): Promise<T> {
  let cancel = (): void => undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = new LoginsUnavailableError(`${problem}: their store has not answered in time`);
    cancel = schedule(() => reject(error), ms);
  });
  try {
    return await Promise.race([ask(), timeout]);
  } catch (error) {
    throw error instanceof LoginsUnavailableError ? error : new LoginsUnavailableError(problem, error);
  } finally {
    cancel();
  }
}
