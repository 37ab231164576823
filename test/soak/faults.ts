import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../support/redis.js';
import type { Random } from './random.js';
import type { SoakProcess } from './soak-process.js';

/** What is to go wrong, and for how long. All times are ms. */
export interface FaultTimes {
  readonly processDown: number;
  readonly redisDown: number;
  readonly redisPaused: number;
  readonly linkCut: number;
  /** How long everything works between two faults. */
  readonly between: number;
  /** How often all faults happen. */
  readonly rounds: number;
  /** Only faults with this text in their names happen. */
  readonly only?: string | undefined;
}

interface Interval {
  readonly from: number;
  until: number;
}

/** Lets one thing after the other go wrong. */
export class Faults {
  /** How often each has happened. */
  readonly counts = new Map<string, number>();
  readonly #intervals: Interval[] = [];
  readonly #acts: Readonly<Record<string, (place: SoakProcess) => Promise<void>>>;

  constructor(
    private readonly redis: RedisServer,
    private readonly places: readonly SoakProcess[],
    private readonly times: FaultTimes,
    private readonly random: Random,
    private readonly say: (line: string) => void,
  ) {
    const { processDown, redisDown, redisPaused, linkCut } = times;
    this.#acts = {
      'a process killed and started again': async (place) => {
        await place.kill();
        await pause(processDown);
        await place.restart();
      },
      'Redis killed and started again': async () => {
        await redis.kill();
        await pause(redisDown);
        await redis.restart();
      },
      'Redis killed, and a process started without it': async (place) => {
        await redis.kill();
        await place.restart();
        await pause(redisDown);
        await redis.restart();
      },
      'Redis paused': async () => {
        redis.pause();
        await pause(redisPaused);
        redis.resume();
      },
      'Redis paused, and a process started meanwhile': async (place) => {
        redis.pause();
        await Promise.all([pause(redisPaused), place.restart()]);
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
      'Redis emptied, and a process started after that': async (place) => {
        await redis.command('FLUSHALL');
        await this.#putBack();
        await place.restart();
      },
    };
  }

  /** Every fault happens as often as `rounds` says, in any order. */
  async run(isOver: () => boolean): Promise<void> {
    for (let round = 0; round < this.times.rounds; round++) {
      const left = Object.keys(this.#acts).filter((name) => name.includes(this.times.only ?? ''));
      while (left.length > 0 && !isOver()) {
        const name = this.random.of(left);
        left.splice(left.indexOf(name), 1);
        await pause(this.times.between);
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

  async #happen(name: string): Promise<void> {
    this.say(name);
    const interval = { from: performance.now(), until: Infinity };
    this.#intervals.push(interval);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    await this.#acts[name]!(this.random.of(this.places));
    interval.until = performance.now();
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
