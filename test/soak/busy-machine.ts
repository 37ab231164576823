import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../support/redis.js';
import type { Faults } from './faults.js';
import { LONGEST_TURN, TURN } from './worker/turns.js';

/**
 * Looks whether the machine gives this process and Redis their turns. Where it does not, nobody can keep the times of
 * the store, and that is a fault like those that are made.
 */
export async function watchMachine(redis: RedisServer, faults: Faults, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const began = performance.now();
    await pause(TURN);
    const late = performance.now() - began - TURN;
    if (late > LONGEST_TURN) faults.machineWasBusy(late);
    if (!faults.isOne) await askRedis(redis, faults);
  }
}

async function askRedis(redis: RedisServer, faults: Faults): Promise<void> {
  const asked = performance.now();
  let end: (() => void) | undefined;
  const timer = setTimeout(() => (end = faults.machineIsBusy(asked)), LONGEST_TURN);
  try {
    await redis.command('PING');
  } catch {
    // It was killed meanwhile, which is another fault.
  } finally {
    clearTimeout(timer);
    end?.();
  }
}
