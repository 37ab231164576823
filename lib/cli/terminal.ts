/** What a command reads and writes, so that it is a function of it. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  /** Version of this package. */
  readonly version: () => string;
}

export interface Output {
  write(text: string): unknown;
}

/** One word after `nestjs-client-sessions`. */
export interface Command {
  /** One line. */
  readonly summary: string;
  readonly help: string;
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): number | Promise<number>;
}
