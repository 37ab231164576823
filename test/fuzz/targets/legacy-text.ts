import { LegacyFormat } from '../../../lib/sealing/legacy-format.js';
import { resolveLegacyKeys } from '../../../lib/sealing/legacy-keys.js';
import type { Target } from '../target.js';
import { openOneOf, TEXTS } from '../texts.js';

const DAY = 86_400_000;
const format = new LegacyFormat(resolveLegacyKeys({ secret: 'the-secret-of-client-sessions' }, 'legacy'), {
  cookieName: 'session',
  duration: DAY,
  activeDuration: 0,
  legacyDuration: DAY,
  now: () => 1_767_225_600_000,
});
const genuine = new Set(TEXTS.legacy.genuine);

export const legacyText: Target = {
  name: 'legacy-text',
  seeds: [...genuine, ...TEXTS.legacy.foreign],
  words: ['.', '..', '0', '-1', '1e3', '+1', ' 1', '=', '1767225600000', '86400000', 'AAAA'],
  try: (bytes) => openOneOf(genuine, format, bytes),
};
