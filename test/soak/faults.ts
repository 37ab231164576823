import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../support/redis.js';
import type { Random } from './random.js';
import type { SoakProcess } from './soak-process.js';
import type { Release } from './worker/settings.js';

/** For how long what goes wrong goes wrong. All times are ms. */
export interface FaultTimes {
  readonly processDown: number;
  readonly redisDown: number;
  readonly redisPaused: number;
  readonly linkCut: number;
  /** How long everything works between two faults. */
  readonly between: number;
  /** Only faults with this text in their names happen. */
  readonly only?: string | undefined;
}

interface Interval {
  readonly from: number;
  until: number;
}

/** An end is stored before its request is answered, by so much at most: ms. */
const LATEST_WRITE = 5_000;

const BUSY = 'the machine too busy for somebody';

/** Lets one thing after the other go wrong. */
export class Faults {
  /** How often each has happened. */
  readonly counts = new Map<string, number>();
  /** For how long the machine had no turn for somebody: ms. */
  longestBusy = 0;
  readonly #intervals: Interval[] = [];
  readonly #busy: Interval[] = [];
  /** When Redis lost what it had. */
  readonly #losses: number[] = [];
  readonly #acts: Readonly<Record<string, (place: SoakProcess, mortal: SoakProcess) => Promise<void>>>;

  constructor(
    private readonly redis: RedisServer,
    private readonly places: readonly SoakProcess[],
    /** Those whose processes end. */
    private readonly mortals: readonly SoakProcess[],
    private readonly times: FaultTimes,
    private readonly random: Random,
    private readonly say: (line: string) => void,
  ) {
    const { processDown, redisDown, redisPaused, linkCut } = times;
    this.#acts = {
      'a process killed and started again': async (_place, mortal) => {
        await mortal.kill();
        await pause(processDown);
        await mortal.restart();
      },
      'a process killed, and the other release deployed': async (_place, mortal) => {
        await mortal.restart(otherThan(mortal.release));
      },
      'the other release deployed in good order': async (_place, mortal) => {
        await mortal.close();
        await mortal.restart(otherThan(mortal.release));
      },
      'the clock of a machine set forward or back by a minute': async (place) => {
        await place.setClocks({ ...place.clocks, machine: -place.clocks.machine });
      },
      'Redis killed and started again': async () => {
        await redis.kill();
        await pause(redisDown);
        await redis.restart();
      },
      'Redis killed, and a process started without it': async (_place, mortal) => {
        await redis.kill();
        await mortal.restart();
        await pause(redisDown);
        await redis.restart();
      },
      'Redis paused': async () => {
        redis.pause();
        await pause(redisPaused);
        redis.resume();
      },
      'Redis paused, and a process started meanwhile': async (_place, mortal) => {
        redis.pause();
        await Promise.all([pause(redisPaused), mortal.restart()]);
        redis.resume();
      },
      'the network of a process half-open, then flowing on': async ({ link }) => {
        link.stall();
        await pause(linkCut);
        link.flow();
      },
      'the network of a process half-open, then reset': async ({ link }) => {
        link.stall();
        await pause(linkCut);
        link.startAnew();
      },
      'the network of a process reset again and again': async ({ link }) => {
        link.break();
        await pause(linkCut);
        link.flow();
      },
      'Redis emptied, and a process started after that': async (_place, mortal) => {
        // What a process has not read yet it cannot put back.
        await this.#haveRead();
        await redis.command('FLUSHALL');
        this.#losses.push(performance.now());
        await this.#haveRead();
        await this.#putBack();
        await mortal.restart();
      },
    };
    if (this.#wanted.length === 0)
      throw new Error(`--only must be part of the name of a fault: ${Object.keys(this.#acts).join('; ')}`);
  }

  get #wanted(): string[] {
    return Object.keys(this.#acts).filter((name) => name.includes(this.times.only ?? ''));
  }

  /** Those that have not happened yet. */
  get missing(): readonly string[] {
    return Object.keys(this.#acts).filter((name) => !this.counts.has(name));
  }

  /** Every fault happens in each round, in any order. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const left = this.#wanted;
      while (left.length > 0 && !isOver()) {
        const name = this.random.of(left);
        left.splice(left.indexOf(name), 1);
        await pause(this.times.between);
        if (isOver()) return;
        await this.#happen(name);
      }
    }
  }

  /** How long after the last fault this is: ms; 0 while there is one. `undefined`: there was none yet. */
  timeSince(from: number, until: number): number | undefined {
    const before = this.#intervals.filter((each) => each.from <= until);
    if (before.length === 0) return undefined;
    return Math.max(0, from - Math.max(...before.map((each) => each.until)));
  }

  /**
   * For how long the machine was too busy between two times, if Redis lost what it had in between: ms. Processes put
   * that back as soon as they get their turns.
   */
  delayOfLost(from: number, until: number): number {
    if (!this.#losses.some((loss) => from - LATEST_WRITE <= loss && loss <= until)) return 0;
    let reached = from;
    let delay = 0;
    for (const each of this.#busy.toSorted((a, b) => a.from - b.from)) {
      const [start, end] = [Math.max(each.from, reached), Math.min(each.until, until)];
      delay += Math.max(0, end - start);
      reached = Math.max(reached, end);
    }
    return delay;
  }

  /** Whether something is wrong now. */
  get isOne(): boolean {
    return this.#intervals.some(({ until }) => until === Infinity);
  }

  /** @param time for how long it was: ms */
  machineWasBusy(time: number): void {
    this.machineIsBusy(performance.now() - time)();
  }

  /** @returns a function to call when it is not busy any more */
  machineIsBusy(from: number): () => void {
    this.counts.set(BUSY, (this.counts.get(BUSY) ?? 0) + 1);
    const interval = { from, until: Infinity };
    this.#intervals.push(interval);
    this.#busy.push(interval);
    return () => {
      interval.until = performance.now();
      this.longestBusy = Math.max(this.longestBusy, interval.until - from);
    };
  }

  async #happen(name: string): Promise<void> {
    this.say(name);
    const interval = { from: performance.now(), until: Infinity };
    this.#intervals.push(interval);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    await this.#acts[name]!(this.random.of(this.places), this.random.of(this.mortals));
    interval.until = performance.now();
  }

  async #haveRead(): Promise<void> {
    await Promise.all(this.places.map((place) => place.catchUp()));
  }

  /** Waits until the processes have put back what Redis has lost. They do so within some seconds. */
  async #putBack(): Promise<void> {
    let before = -1;
    for (let i = 0; i < 20; i++) {
      await pause(500);
      const facts = Number(await this.redis.command('XLEN', 'client-sessions:facts'));
      // They wait for up to two seconds each, so that not all of them do it.
      if (facts === before && facts > 0 && i >= 6) return;
      before = facts;
    }
  }
}

function otherThan(release: Release): Release {
  return release === 1 ? 2 : 1;
}
