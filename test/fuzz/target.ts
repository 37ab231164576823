/** What a target found, in the words that the report has. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Something that reads what others write. */
export interface Target {
  readonly name: string;
  /** Cases to begin with. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** How many cases it gets: a part of the number for all targets. @default 1 */
  readonly share?: number;
  /** Pieces that mutations put in. */
  readonly words: readonly string[];
  /**
   * Tries one case.
   *
   * @returns what became of it: one of a few words, which are counted
   * @throws whatever must not happen: a {@link Finding}, or what lib throws
   */
  try(bytes: Buffer): string | Promise<string>;
}
