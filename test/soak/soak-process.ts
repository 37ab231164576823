import { setTimeout as pause } from 'node:timers/promises';
import { WorkerProcess } from '../cluster/worker-process.js';
import { RedisLink } from './redis-link.js';
import type { ProcessName } from './login-model.js';
import type { Programs } from './soak.js';
import type { SoakRecord } from './soak-record.js';
import type { ClockErrors, Measurement, Release, Secrets, SoakSettings } from './worker/settings.js';

/** A young generation of V8 that stays small, so that what is resident does not grow for minutes without a leak. */
const NODE_OPTIONS = ['--max-semi-space-size=2'];

/** So long a process may take to end in good order: ms. */
const PATIENCE = 60_000;

/** What a process says by itself: an event of the library, or how long it has waited for its turn, in ms. */
export type News = { readonly event: string } | { readonly late: number };

/** A place for one server process after the other, with a network of its own to Redis. */
export class SoakProcess {
  #worker: WorkerProcess | undefined;
  #starts = 0;
  #settings: Omit<SoakSettings, 'redisPort'>;
  readonly #expected = new Set<WorkerProcess>();

  private constructor(
    readonly name: string,
    readonly link: RedisLink,
    private readonly programs: Programs,
    settings: Omit<SoakSettings, 'redisPort'>,
    private readonly record: SoakRecord,
    private readonly hear: (news: News, name: string) => void,
  ) {
    this.#settings = settings;
  }

  /**
   * @param record hears of a process that has ended by itself, and of what processes have complained about
   * @param hear hears what processes say by themselves
   */
  static async open(
    name: string,
    redisPort: number,
    programs: Programs,
    settings: Omit<SoakSettings, 'redisPort'>,
    record: SoakRecord,
    hear: (news: News, name: string) => void,
  ): Promise<SoakProcess> {
    const link = new RedisLink(redisPort);
    await link.open();
    return new SoakProcess(name, link, programs, settings, record, hear);
  }

  get release(): Release {
    return this.#settings.release;
  }

  get clocks(): ClockErrors {
    return this.#settings.clocks;
  }

  /** The process that runs now, if one does. */
  get current(): { readonly origin: string; readonly process: ProcessName } | undefined {
    if (!this.#worker) return undefined;
    return { origin: `http://127.0.0.1:${this.#worker.port}`, process: `${this.name}.${this.#starts}` };
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the process in good order. What it has begun to answer it answers. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const isOver = new AbortController();
    const ended = this.#end('SIGTERM').finally(() => isOver.abort());
    await Promise.race([ended, pause(PATIENCE, undefined, { signal: isOver.signal }).catch(() => undefined)]);
    if (!isOver.signal.aborted) {
      const measured = await Promise.race([worker.ask<Measurement>({ measure: true }), pause(1_000)]);
      const busy = measured ? JSON.stringify(measured.handles) : 'after it had closed everything';
      this.record.violation('a process that did not end when told to', `${this.name}: ${busy}`);
      await worker.end('SIGKILL');
    }
    const { code, signal } = await worker.ended;
    if (code !== 0 && isOver.signal.aborted)
      this.record.violation('a process that ended badly when told to', `${this.name}: ${signal ?? code}`);
  }

  /** Kills the process, if there is one, and starts another one. */
  async restart(release: Release = this.release): Promise<void> {
    await this.kill();
    this.#settings = { ...this.#settings, release };
    const { secrets } = this.#settings;
    const settings: SoakSettings = { ...this.#settings, redisPort: this.link.port };
    const worker = await WorkerProcess.start(this.programs[release], settings, NODE_OPTIONS);
    void this.#watch(worker);
    worker.hear((message) => {
      if (isNews(message)) this.hear(message, this.name);
    });
    // Secrets may have been replaced while it started.
    while (this.#settings.secrets !== secrets && !(await this.#hasSecrets(worker))) continue;
    this.#starts++;
    this.#worker = worker;
  }

  /** Resolves when the process has them in force, and no process without them will start. */
  async setSecrets(secrets: Secrets): Promise<void> {
    this.#settings = { ...this.#settings, secrets };
    await this.#worker?.ask({ secrets });
  }

  async setClocks(clocks: ClockErrors): Promise<void> {
    this.#settings = { ...this.#settings, clocks };
    await this.#worker?.ask({ clocks });
  }

  /** Resolves when the process knows of every end until now. */
  async catchUp(): Promise<void> {
    await this.#worker?.ask({ catchUp: true });
  }

  async measure(): Promise<Measurement | undefined> {
    return this.#worker?.ask<Measurement>({ measure: true });
  }

  async stop(): Promise<void> {
    await this.close();
    this.link.close();
  }

  async #hasSecrets(worker: WorkerProcess): Promise<boolean> {
    const { secrets } = this.#settings;
    await worker.ask({ secrets });
    return secrets === this.#settings.secrets;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    this.#expected.add(worker);
    await worker.end(signal);
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    await worker.ended;
    if (worker.complaints)
      this.record.violation('a complaint of a process', `${this.name}: ${worker.complaints}`);
    if (this.#expected.has(worker)) return;
    if (this.#worker === worker) this.#worker = undefined;
    this.record.violation('a process that ended by itself', this.name);
  }
}

function isNews(message: unknown): message is News {
  return typeof message === 'object' && message !== null && ('event' in message || 'late' in message);
}
