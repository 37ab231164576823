import { LegacyFormat } from '../../../lib/sealing/legacy-format.js';
import { resolveLegacyKeys } from '../../../lib/sealing/legacy-keys.js';
import { Finding, type Target } from '../target.js';
import { TEXTS } from '../texts.js';

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
  try(bytes) {
    const text = bytes.toString('latin1');
    const opened = format.unseal(text);
    if (opened.ok && !genuine.has(text)) throw new Finding('a legacy text opened that nobody has sealed');
    if (!opened.ok && genuine.has(text)) throw new Finding('a genuine legacy text was refused');
    return opened.ok ? 'opened' : opened.reason;
  },
};
