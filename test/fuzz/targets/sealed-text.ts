import { createSealer } from '../../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../../lib/sealing/key-ring.js';
import { OTHER_SECRET, SECRET } from '../../support/secrets.js';
import type { Target } from '../target.js';
import { openOneOf, TEXTS } from '../texts.js';

const NOW = 1_767_225_600_000;
const ring = new KeyRing([SECRET, OTHER_SECRET], 'secret', NOW);
const sealer = createSealer(ring, { purpose: '', cookieName: 'session' }, { now: () => NOW, memo: 20 });
const genuine = new Set(TEXTS.sealed.genuine);

export const sealedText: Target = {
  name: 'sealed-text',
  share: 2,
  seeds: [...genuine, ...TEXTS.sealed.foreign],
  words: ['AQ', 'Ag', '=', '==', '.', '~', '%00', '-', '_', '+', '/', 'AAAAAAAA'],
  try: (bytes) => openOneOf(genuine, sealer, bytes),
};
