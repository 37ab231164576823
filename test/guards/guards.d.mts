/** What stands behind a promise of SECURITY.md, and the tests that must fail without it. */
export interface Guard {
  /** The beginning of the row in SECURITY.md. */
  readonly promise: string;
  /** What is taken out. */
  readonly name: string;
  /** Where it is. */
  readonly file: string;
  /** The guard, which the file has exactly once. */
  readonly code: string;
  /** What stands in its place when it is taken out. */
  readonly without: string;
  /** Files of tests that must fail then, each of them. */
  readonly tests: readonly string[];
}

export const GUARDS: readonly Guard[];
