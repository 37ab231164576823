/** The servers of one process. Those with a 2 in their name speak HTTP/2, and `fastify-tls` speaks both versions. */
export const HOSTS = ['express', 'fastify', 'connect', 'fastify-2', 'connect-2', 'fastify-tls'] as const;
export type Host = (typeof HOSTS)[number];

export const HTTP1_HOSTS = ['express', 'fastify', 'connect'] as const satisfies readonly Host[];
export const HTTP2_HOSTS = ['fastify-2', 'connect-2', 'fastify-tls'] as const satisfies readonly Host[];

/** What a process tells its parent at first. */
export type Ports = Readonly<Record<Host, number>>;

/** What a parent says when it asks for the condition. */
export type Wish = 'look' | 'collect garbage';

/** What a process tells its parent whenever it is asked. */
export interface Condition {
  /** CPU time so far: ms. */
  readonly cpu: number;
  /** Memory in use: bytes. */
  readonly heap: number;
  /** How many connections are open. */
  readonly connections: number;
  /** Exceptions and rejections that nobody has caught. */
  readonly faults: readonly string[];
}

/** The variable of the environment that says how many bytes of headers the servers accept. */
export const HEADER_BYTES_VARIABLE = 'HOSTILE_HEADER_BYTES';
