/** Everything that a command reads and writes, so that a command has no other input or output. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** `hasText`: whether it goes to a file that is not empty. */
  readonly stdout: Output & { readonly hasText?: boolean };
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  /** Returns the manifest of this package. */
  readonly manifest: () => Manifest;
  /** Version of Node, such as `v24.1.0`. */
  readonly nodeVersion: string;
  /** Imports a file of the application, as in production. */
  readonly load: (file: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** What the command line reads of a package.json. */
export interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
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
