/** The command was called in a way that cannot work. The message ends in the remedy and repeats no argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}
