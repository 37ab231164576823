import { WorkerProcess } from '../cluster/worker-process.js';
import { RedisLink } from './redis-link.js';
import type { ProcessName } from './login-model.js';
import type { SoakRecord } from './soak-record.js';
import type { SoakSettings } from './worker/settings.js';

/** A place for one server process after the other, with a network of its own to Redis. */
export class SoakProcess {
  #worker: WorkerProcess | undefined;
  #starts = 0;
  readonly #expected = new Set<WorkerProcess>();

  private constructor(
    readonly name: string,
    readonly link: RedisLink,
    private readonly program: string,
    private readonly settings: Omit<SoakSettings, 'redisPort'>,
    private readonly record: SoakRecord,
  ) {}

  /** @param record hears of a process that has ended by itself */
  static async open(
    name: string,
    redisPort: number,
    program: string,
    settings: Omit<SoakSettings, 'redisPort'>,
    record: SoakRecord,
  ): Promise<SoakProcess> {
    const link = new RedisLink(redisPort);
    await link.open();
    return new SoakProcess(name, link, program, settings, record);
  }

  /** The process that runs now, if one does. */
  get current(): { readonly origin: string; readonly process: ProcessName } | undefined {
    if (!this.#worker) return undefined;
    return { origin: `http://127.0.0.1:${this.#worker.port}`, process: `${this.name}.${this.#starts}` };
  }

  async kill(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    this.#expected.add(worker);
    await worker.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.kill();
    const settings: SoakSettings = { ...this.settings, redisPort: this.link.port };
    const worker = await WorkerProcess.start(this.program, settings);
    void this.#watch(worker);
    this.#starts++;
    this.#worker = worker;
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    await worker.ended;
    if (this.#expected.has(worker)) return;
    if (this.#worker === worker) this.#worker = undefined;
    this.record.violation('a process that ended by itself', `${this.name}: ${worker.complaints}`);
  }

  async stop(): Promise<void> {
    await this.kill();
    this.link.close();
  }
}
