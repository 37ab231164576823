import { InvalidOptionsError } from '../../../lib/errors/invalid-options.error.js';
import { KeyRing } from '../../../lib/sealing/key-ring.js';
import type { SecretList } from '../../../lib/sealing/secret-entry.js';
import { OTHER_SECRET, SECRET } from '../../support/secrets.js';
import { Reader } from '../reader.js';
import { Finding, type Target } from '../target.js';

/** Parts of so many characters would tell something of a secret. */
const PART = 12;

/** Secrets as environments hold them: whatever they are, the message is ours and does not quote them. */
export const secrets: Target = {
  name: 'secrets',
  share: 0.3,
  seeds: [
    `\0${SECRET}`,
    `\x01${SECRET}`,
    `\x02${SECRET}`,
    `\0"${SECRET}"`,
    `\0SESSION_SECRET=${SECRET}`,
    `\0["${SECRET}","${OTHER_SECRET}"]`,
    `\0${SECRET}\n${OTHER_SECRET}`,
  ],
  words: [
    '"',
    "'",
    '\n',
    '\r\n',
    ',',
    ';',
    ' ',
    '=',
    '[',
    ']',
    '{',
    '}',
    'secret',
    '${',
    'revoked',
    'BEGIN PUBLIC KEY',
    '\ufeff',
    SECRET.slice(0, 20),
  ],
  try(bytes) {
    const reader = new Reader(bytes);
    const form = reader.byte() % 4;
    const text = reader.rest();
    const given: unknown = [
      text,
      [SECRET, text],
      { secret: text, notBefore: text.slice(-20) },
      Buffer.from(text),
    ][form];
    try {
      const ring = new KeyRing(given as SecretList, 'secret', 0);
      return ring.ids.length > 1 ? 'accepted' : 'accepted alone';
    } catch (error) {
      if (!(error instanceof InvalidOptionsError)) throw error;
      const message = `${error.message} ${error.problem} ${error.remedy}`;
      if (!error.message.endsWith(error.remedy)) throw new Finding('a message without its remedy');
      for (let at = 0; at + PART <= text.length; at++) {
        const part = text.slice(at, at + PART);
        // Words of ours may stand in the text, too.
        if (message.includes(part) && SECRET.includes(part))
          throw new Finding('a message with a part of the secret');
      }
      return 'refused';
    }
  },
};
