import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RedisServer } from '../support/redis.js';
import { Faults, type FaultTimes } from './faults.js';
import { type CrowdSettings, LoginCrowd } from './login-crowd.js';
import { Random } from './random.js';
import type { Target } from './soak-client.js';
import { SoakProcess } from './soak-process.js';
import { SoakRecord } from './soak-record.js';

export interface SoakSettings {
  readonly seed: number;
  readonly crowd: CrowdSettings;
  readonly faults: FaultTimes;
  /** The soak goes on after the last fault until there were so many requests, but not for longer than a minute. */
  readonly requests: number;
}

const PROCESSES = 4;
const LONGEST_REST = 60_000;

export interface SoakOutcome {
  readonly record: SoakRecord;
  readonly report: string;
}

/**
 * Four processes and one Redis under fire.
 *
 * @param program what a process runs: worker/main.ts as JavaScript
 * @param say hears of every fault
 */
export async function soak(
  program: string,
  settings: SoakSettings,
  say: (line: string) => void = () => undefined,
): Promise<SoakOutcome> {
  const { seed, crowd: crowdSettings, requests } = settings;
  const random = new Random(seed);
  const record = new SoakRecord();
  const redis = await RedisServer.start('--appendonly', 'yes');
  const places: SoakProcess[] = [];
  try {
    const secret = randomBytes(32).toString('base64url');
    const { maxLag } = crowdSettings;
    const starting = Array.from({ length: PROCESSES }, async (_, i) => {
      const host = i % 2 ? 'fastify' : 'express';
      const place = await SoakProcess.open(
        `${host}-${i}`,
        redis.port,
        program,
        { host, secret, maxLag },
        record,
      );
      places.push(place);
      await place.restart();
    });
    await Promise.all(starting);
    const faults = new Faults(redis, places, settings.faults, random, say);
    const target = (): Target | undefined => random.of(places).current;
    const crowd = new LoginCrowd(crowdSettings, target, faults, random, record);
    const lives = crowd.live();
    try {
      await Promise.race([faults.run(() => false), lives]);
      const deadline = performance.now() + LONGEST_REST;
      await pause(crowdSettings.recovery + crowdSettings.maxLag);
      while (record.counts.requests < requests && performance.now() < deadline) await pause(100);
    } finally {
      crowd.leave();
      await lives;
    }
    return { record, report: `${record.report(faults.counts)}\nseed ${seed}` };
  } finally {
    await Promise.all(places.map((place) => place.stop()));
    await redis.stop();
  }
}
