/** What serves the requests: ours in an application of Nest or in bare `node:http`, or client-sessions 0.8.0. */
export type Host = 'nest-express' | 'nest-fastify' | 'connect' | 'ancestor';

/** What a worker process is told when it starts. */
export interface WorkerSettings {
  readonly host: Host;
  /** Options of the sessions, as far as JSON can carry them. */
  readonly options: object;
}

/**
 * The environment variable that holds the settings: they contain secrets, and arguments are visible to every
 * user of a machine.
 */
export const SETTINGS_VARIABLE = 'WORKER_SETTINGS';
