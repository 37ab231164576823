import { DrainingServer } from './worker/serve.js';
import type { WorkerSettings } from './worker/settings.js';

/** What serves behind a cluster's port: a process, or a server in this one. */
export interface Worker {
  readonly port: number;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export type StartWorker = (settings: WorkerSettings) => Promise<Worker>;

/**
 * A worker in the process of the test. Nothing is shared with others but the code, and it starts in a hundredth of the
 * time of a process.
 */
export async function startLocally(settings: WorkerSettings): Promise<Worker> {
  const server = await DrainingServer.start(settings);
  return {
    port: server.port,
    end: async (signal) => {
      if (signal === 'SIGTERM') server.drain();
      else server.cutOff();
      await server.ended;
    },
  };
}
