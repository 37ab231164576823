/** Everything that a command reads and writes, so that a command has no other input or output. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  /** Returns the version of this package. */
  readonly version: () => string;
}

export interface Output {
  write(text: string): unknown;
}

/** A command is one word after `nestjs-client-sessions`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): number | Promise<number>;
}
