/** Which release of the application a process runs. The second one brings carts of the first up to date. */
export type Release = 1 | 2;

export type Host = 'express' | 'fastify';

/** What is in the list of an application's secrets, the sealing one first. */
export type Secrets = readonly (string | { readonly secret: string; readonly revoked: true })[];

/** By how much clocks of one process are wrong: ms. */
export interface ClockErrors {
  /** The clock that is given to the library. */
  readonly sessions: number;
  /** The clock of the machine, for everything that runs in the process. */
  readonly machine: number;
}

/** What a server process of the soak is told when it starts. */
export interface SoakSettings {
  /** The framework, and with it the client of Redis: ioredis beside Express, redis beside Fastify. */
  readonly host: Host;
  readonly release: Release;
  /** Where its Redis is. */
  readonly redisPort: number;
  readonly secrets: Secrets;
  readonly clocks: ClockErrors;
  /** ms */
  readonly maxLag: number;
}

/** What it is told, or asked, while it runs. */
export type Order =
  | { readonly secrets: Secrets }
  | { readonly clocks: ClockErrors }
  | { readonly catchUp: true }
  | { readonly measure: true };

/** What a process needs when garbage has been collected. */
export interface Measurement {
  /** Resident memory: bytes. */
  readonly resident: number;
  /** What V8 holds, and what it holds outside of its heap: bytes. */
  readonly heap: number;
  /** What keeps its event loop busy, by kind, without the connections of visitors. */
  readonly handles: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** Which login a cookie holds. A login gets a new epoch whenever it is the exception of `endAll()`. */
export interface Holder {
  readonly user: string;
  readonly login: number;
  readonly epoch: number;
}
