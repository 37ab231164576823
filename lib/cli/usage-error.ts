/** The arguments or the input cannot be used. The message ends with the remedy and repeats no argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}
