import { describe, test } from '@jest/globals';
import { IS_NEST_12 } from './nest.js';
import { type Platform, PLATFORMS } from './application.js';

/**
 * How the sessions get on with a neighbour: they can be read and changed, they can only be read, or there are none and
 * a message says so.
 */
export type Outcome = 'works' | 'read-only' | 'refused';

/** What is promised of a neighbour. A platform that is left out does not have it. */
export interface Promised {
  readonly express?: Outcome;
  readonly fastify?: Outcome;
  /** The only major version of Nest that has the neighbour. */
  readonly nest?: 11 | 12;
}

/**
 * Declares a row of docs/neighbours.md and proves it, once for each platform. `npm run matrix` runs these proofs and
 * writes the table, and a test compares the table with what is declared. So write name and promise as literals, and
 * each name once for each version of Nest:
 *
 * ```ts
 * neighbour('passport-local', { express: 'works', fastify: 'works' }, async (platform) => { … });
 * ```
 */
export function neighbour(
  name: string,
  promised: Promised,
  prove: (platform: Platform) => Promise<void>,
): void {
  const isHere = promised.nest === undefined || promised.nest === (IS_NEST_12 ? 12 : 11);
  describe('neighbour', () => {
    for (const platform of PLATFORMS) {
      const outcome = promised[platform];
      if (outcome === undefined) continue;
      const title = `${name} | ${platform} | ${outcome}`;
      (isHere ? test : test.skip)(title, () => prove(platform));
    }
  });
}
