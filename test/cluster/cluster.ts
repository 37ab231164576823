import { Balancer } from './balancer.js';
import type { StartWorker, Worker } from './local-worker.js';
import type { Host, WorkerSettings } from './worker/settings.js';

/** What the workers run at one time: the same sessions, in whatever hosts. */
export interface Deployment {
  /** One for each worker. */
  readonly hosts: readonly Host[];
  readonly options: object;
}

export type Replacement = 'gracefully' | 'with SIGKILL';

/** Workers behind one port. */
export class Cluster {
  readonly #balancer = new Balancer();
  #workers: Worker[] = [];

  constructor(private readonly startWorker: StartWorker) {}

  get port(): number {
    return this.#balancer.port;
  }

  async start(deployment: Deployment): Promise<void> {
    await this.#balancer.open();
    for (const settings of settingsOf(deployment)) this.#workers.push(await this.#launch(settings));
  }

  /**
   * Replaces one worker after the other, under load: gracefully, with the next one at work before the last
   * one goes, or with the last one
   * killed, or cut off, in the middle of its work.
   *
   * @param pause how long old and new ones stand side by side after each step
   */
  async roll(deployment: Deployment, replacement: Replacement, pause: () => Promise<unknown>): Promise<void> {
    for (const [i, settings] of settingsOf(deployment).entries()) {
      const last = this.#workers[i]!;
      if (replacement === 'with SIGKILL') await this.#remove(last, 'SIGKILL');
      this.#workers[i] = await this.#launch(settings);
      if (replacement === 'gracefully') await this.#remove(last, 'SIGTERM');
      await pause();
    }
  }

  async stop(): Promise<void> {
    this.#balancer.close();
    await Promise.all(this.#workers.map((worker) => worker.end('SIGKILL')));
  }

  async #launch(settings: WorkerSettings): Promise<Worker> {
    const worker = await this.startWorker(settings);
    this.#balancer.add(worker.port);
    return worker;
  }

  /** Whoever is killed has connections up to the end; whoever ends in good order gets no further ones. */
  async #remove(worker: Worker, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal === 'SIGTERM') this.#balancer.remove(worker.port);
    await worker.end(signal);
    this.#balancer.remove(worker.port);
  }
}

function settingsOf({ hosts, options }: Deployment): WorkerSettings[] {
  return hosts.map((host) => ({ host, options }));
}
