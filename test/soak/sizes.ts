import type { SoakSettings } from './soak.js';

type Size = Omit<SoakSettings, 'seed' | 'duration' | 'only' | 'signal'>;

/** With the times that an application has. */
export const SIZE: Size = {
  logins: { visitors: 120, users: 50, thieves: 25, pause: 2_500, maxLag: 5_000 },
  shop: { visitors: 60, pause: 2_500 },
  faults: { processDown: 1_000, redisDown: 4_000, redisPaused: 8_000, linkCut: 7_000, between: 1_000 },
  recovery: 5_000,
  rotation: 60_000,
  clockSteps: 4_000,
};
