import type { SoakSettings } from './soak.js';

type Size = Omit<SoakSettings, 'seed'>;

/** Two to three minutes, with the times that an application has. */
export const FULL: Size = {
  crowd: { visitors: 200, users: 80, thieves: 40, pause: 2_500, maxLag: 5_000, recovery: 5_000 },
  faults: {
    processDown: 1_000,
    redisDown: 4_000,
    redisPaused: 10_000,
    linkCut: 7_000,
    between: 1_000,
    rounds: 2,
  },
  requests: 20_000,
};

/** The same in half a minute. */
export const SMALL: Size = {
  crowd: { visitors: 60, users: 24, thieves: 20, pause: 1_200, maxLag: 1_000, recovery: 4_000 },
  faults: { processDown: 200, redisDown: 1_000, redisPaused: 2_500, linkCut: 2_000, between: 500, rounds: 1 },
  requests: 2_000,
};
