import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { resolveLegacyKeys } from '../../lib/sealing/legacy-keys.js';
import { secretBytes } from '../../lib/sealing/secret.js';
import { cpuTime } from '../support/cpu-time.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const [HEX, OTHER_HEX] = ['hex', 'hex'].map(() => randomBytes(32).toString('hex')) as [string, string];
const BASE64 = randomBytes(32).toString('base64');
/** Has characters that generators do not print. */
const MADE_UP = 'vK7#pQ2!xM9$wL4&zR8*tB5^nH3@cJ6%';
const ALSO_MADE_UP = 'G?6dW(1yF)0jS+7kU[2hE]4oI}9aZ{3lO';
const PLAIN = [SECRET, HEX, BASE64, randomBytes(32).toString('base64url')];

/** Returns problem and remedy for a secret, and checks that they show no part of it. */
function refusal(secret: unknown): string {
  try {
    secretBytes(secret, 'secret');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    const { problem, remedy, message } = error as InvalidOptionsError;
    expect(message).toBe(`Invalid option "secret": ${problem}. ${remedy}`);
    expect(
      leaksOf([...PLAIN, OTHER_SECRET, MADE_UP, ALSO_MADE_UP], inspect(error, { showHidden: true })),
    ).toEqual([]);
    return `${problem}. ${remedy}`;
  }
  throw new Error('it was not refused');
}

const END = /^it ends with a line break\. Remove it where .* text\.trim\(\).*\/\\r\?\\n\/\.$/;

describe('what cannot be seen at the ends of a secret', () => {
  test.each<[string, string, string]>([
    ['a line end', '\n', 'a line break'],
    ['a Windows line end', '\r\n', 'a line break'],
    ['half of a Windows line end', '\r', 'a carriage return, half of a Windows line break'],
    ['a space', ' ', 'a space'],
    ['a tab', '\t', 'a tab'],
    ['a no-break space', '\u00a0', 'a no-break space'],
    ['a byte order mark', '\ufeff', 'a byte order mark'],
    ['a NUL', '\0', 'the invisible character U+0000'],
    ['an escape', '\u001b', 'the invisible character U+001B'],
    ['a delete', '\u007f', 'the invisible character U+007F'],
    ['a next line', '\u0085', 'the invisible character U+0085'],
    ['a zero width space', '\u200b', 'the invisible character U+200B'],
    ['a mark of direction', '\u200e', 'the invisible character U+200E'],
    ['a word joiner', '\u2060', 'the invisible character U+2060'],
    ['a line separator', '\u2028', 'the invisible character U+2028'],
    ['an ideographic space', '\u3000', 'the invisible character U+3000'],
  ])('%s: refused at either end, with the remedy', (_title, blank, name) => {
    for (const secret of [...PLAIN, MADE_UP]) {
      expect(refusal(`${secret}${blank}`)).toMatch(
        new RegExp(`^it ends with ${name.replace('+', '\\+')}\\. Remove it where `),
      );
      expect(refusal(`${blank}${secret}${blank.repeat(2)}`)).toMatch(/^it ends with /);
      expect(refusal(`${blank}${secret}`)).toMatch(/^it begins with .*\. Remove it where /);
    }
  });

  test('the sequences that a terminal puts around what is pasted', () => {
    expect(refusal(`\u001b[200~${SECRET}\u001b[201~`)).toMatch(
      /^it begins with the invisible character U\+001B/,
    );
  });
});

describe('a file that is read without an encoding', () => {
  test.each<[string, Buffer, RegExp]>([
    ['a line end', Buffer.from(`${SECRET}\n`), END],
    ['a line end behind text of other letters', Buffer.from(`${MADE_UP}äöü\n`), END],
    ['a Windows line end', Buffer.from(`${HEX}\r\n`), END],
    ['a byte order mark', Buffer.from(`\ufeff${SECRET}`), /^it begins with a byte order mark\. /],
    ['quotes', Buffer.from(`"${SECRET}"`), /^it begins or ends with a quote\. /],
    ['a name', Buffer.from(`SESSION_SECRET=${SECRET}\n`), /^it begins with the name of a variable/],
    [
      'two lines',
      Buffer.from(`${SECRET}\n${OTHER_SECRET}\n`),
      /^must be one secret, got several in one text\. /,
    ],
    ['UTF-16', Buffer.from(`${SECRET}\r\n`, 'utf16le'), /^it is UTF-16 text.*'utf16le'\.$/],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${SECRET}\r\n`, 'utf16le'), /^it is UTF-16 text/],
    ['UTF-16 the other way round', Buffer.from(SECRET, 'utf16le').swap16(), /^it is UTF-16 text/],
  ])('with %s: refused, in a KeyObject, too', (_title, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
    expect(refusal(new Uint8Array(bytes))).toMatch(message);
    expect(refusal(createSecretKey(bytes))).toMatch(message);
  });

  test('UTF-16 that was read as UTF-8: refused', () => {
    expect(refusal(Buffer.from(SECRET, 'utf16le').toString('utf8'))).toMatch(/^it is UTF-16 text/);
  });

  test.each(['\n', '\r\n', ' ', '\0', '"', "'"])('random bytes that end in %j are taken', (ending) => {
    for (let i = 0; i < 1000; i++) {
      const bytes = Buffer.concat([Buffer.from(ending), randomBytes(31), Buffer.from(ending)]);
      expect(secretBytes(bytes, 'secret')).toEqual(bytes);
    }
  });

  test.each<[string, Buffer]>([
    ['only from their third byte on', Buffer.concat([Buffer.of(0, 0), Buffer.from(SECRET, 'utf16le')])],
    ['only up to their last two', Buffer.concat([Buffer.from(SECRET, 'utf16le'), Buffer.of(0, 0)])],
    [
      'the other way round, only from their third byte on',
      Buffer.concat([Buffer.of(0, 0), Buffer.from(SECRET, 'utf16le').swap16()]),
    ],
    [
      'the other way round, only up to their last two',
      Buffer.concat([Buffer.from(SECRET, 'utf16le').swap16(), Buffer.of(0, 0)]),
    ],
    ['no text, because of a byte that is no UTF-8', Buffer.from(`"${SECRET}\xff"`, 'latin1')],
    ['no text, because of a character that controls', Buffer.from(`"${SECRET}\x01"`)],
  ])('bytes that are UTF-16 or text in part are taken: %s', (_title, bytes) => {
    expect(secretBytes(bytes, 'secret')).toEqual(bytes);
  });

  test('bytes that are text, and nothing around it, are taken', () => {
    for (const secret of [...PLAIN, MADE_UP]) {
      expect(secretBytes(Buffer.from(secret), 'secret')).toEqual(Buffer.from(secret));
    }
  });
});

describe('what shells, Docker and Kubernetes leave around a secret', () => {
  test.each<[string, (secret: string) => string]>([
    ['single', (secret) => `'${secret}'`],
    ['double', (secret) => `"${secret}"`],
    ['backticks', (secret) => `\`${secret}\``],
    ['typographic', (secret) => `“${secret}”`],
    ['German', (secret) => `„${secret}“`],
    ['typographic single', (secret) => `‘${secret}’`],
    ['guillemets', (secret) => `«${secret}»`],
    ['escaped', (secret) => `\\"${secret}\\"`],
    ['of both kinds', (secret) => `"'${secret}'"`],
    ['of Python bytes', (secret) => `b'${secret}'`],
    ['of bash', (secret) => `$'${secret}'`],
    ['and a line end', (secret) => `"${secret}"\n`],
    ['and spaces', (secret) => ` "${secret}" `],
  ])('quotes, %s: refused', (_title, wrap) => {
    for (const secret of [...PLAIN, MADE_UP])
      expect(refusal(wrap(secret))).toMatch(/^it begins or ends with a quote\. Remove quotes where /);
  });

  test.each(['"', "'", '“', '`'])('a quote %s at one end, or a comma behind it: refused', (quote) => {
    for (const secret of PLAIN) {
      for (const text of [`${quote}${secret}`, `${secret}${quote}`, `${quote}${secret}${quote},`]) {
        expect(refusal(text)).toMatch(/^it begins or ends with a quote\. /);
      }
    }
  });

  test.each<[string, (secret: string) => string]>([
    ['a line of .env', (secret) => `SESSION_SECRET=${secret}`],
    ['one with quotes', (secret) => `SESSION_SECRET="${secret}"`],
    ['one with spaces', (secret) => `SESSION_SECRET = ${secret}`],
    ['one with export', (secret) => `export SESSION_SECRET=${secret}`],
    ['one with a line end', (secret) => `export SESSION_SECRET='${secret}'\r\n`],
    ['cmd', (secret) => `set SESSION_SECRET=${secret}`],
    ['PowerShell', (secret) => `$env:SECRET = "${secret}"`],
    ['Dockerfile', (secret) => `ENV SESSION_SECRET=${secret}`],
    ['docker run', (secret) => `-e SESSION_SECRET=${secret}`],
  ])('a name in front, as in %s: refused', (_title, wrap) => {
    for (const secret of [...PLAIN, MADE_UP]) {
      expect(refusal(wrap(secret))).toMatch(/^it begins with the name of a variable.*without quotes\.$/);
    }
  });

  test.each<[string, (secret: string) => string]>([
    ['that is short', (secret) => `KEY=${secret}`],
    ['in small letters', (secret) => `secret=${secret}`],
    ['in camel case', (secret) => `sessionSecret='${secret}';`],
    ['of one letter', (secret) => `a=${secret}`],
    ['of a property', (secret) => `session.secret=${secret}`],
    ['of YAML', (secret) => `session-secret: ${secret}`],
    ['of YAML with quotes', (secret) => `secret: "${secret}"`],
    ['of systemd', (secret) => `Environment="SESSION_SECRET=${secret}"`],
  ])('a name %s: refused in front of what generators print', (_title, wrap) => {
    for (const secret of PLAIN)
      expect(refusal(wrap(secret))).toMatch(/^it begins with the name of a variable/);
  });

  test.each<[string, string]>([
    ['an object', JSON.stringify({ secret: SECRET })],
    ['an object with lines', JSON.stringify({ current: SECRET, version: 3 }, undefined, 2)],
    ['a key', JSON.stringify({ kty: 'oct', k: SECRET })],
    ['a list', JSON.stringify([SECRET])],
    ['a list of objects', JSON.stringify([{ secret: SECRET }])],
    ['two properties', JSON.stringify({ SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: OTHER_SECRET })],
  ])('JSON, %s: refused', (_title, json) => {
    expect(refusal(json)).toMatch(/^must be the secret alone, got JSON .*JSON\.parse\(text\)/);
    expect(refusal(`${json}\n`)).toMatch(/^must be the secret alone, got JSON /);
  });

  test.each<[string, (secret: string) => string]>([
    ['a comma', (secret) => `${secret},`],
    ['a semicolon', (secret) => `${secret};`],
    ['a written line end', (secret) => `${secret}\\n`],
    ['a written Windows line end', (secret) => `${secret}\\r\\n`],
    ['the backslash of a line that goes on', (secret) => `${secret}\\`],
    ['the sign of zsh for a missing line end', (secret) => `${secret}%`],
    ['a comment', (secret) => `${secret} # rotated in March`],
    ['the dash of a list in YAML', (secret) => `- ${secret}`],
    ['the sign of a block in YAML', (secret) => `|\n  ${secret}\n`],
    ['a prompt', (secret) => `$ ${secret}`],
  ])('%s beside what generators print: refused', (_title, wrap) => {
    for (const secret of PLAIN)
      expect(refusal(wrap(secret))).toMatch(
        /^it begins or ends with syntax of a file or a shell.*Give the secret alone\.$/,
      );
  });
});

describe('several secrets in one text', () => {
  const PAIRS = [
    [SECRET, OTHER_SECRET],
    [HEX, OTHER_HEX],
    [BASE64, SECRET],
    [SECRET, HEX, OTHER_SECRET],
  ];

  test.each<[string, (secrets: readonly string[]) => string]>([
    ['a comma', (secrets) => secrets.join(',')],
    ['a comma and a space', (secrets) => secrets.join(', ')],
    ['a semicolon', (secrets) => secrets.join(';')],
    ['a space', (secrets) => secrets.join(' ')],
    ['a tab', (secrets) => secrets.join('\t')],
    ['a bar', (secrets) => secrets.join('|')],
    ['a line end', (secrets) => secrets.join('\n')],
    ['a Windows line end', (secrets) => secrets.join('\r\n')],
    ['an old line end', (secrets) => secrets.join('\r')],
    ['a written line end', (secrets) => secrets.join('\\n')],
    ['a written Windows line end', (secrets) => secrets.join('\\r\\n')],
    ['a comma, with one behind', (secrets) => `${secrets.join(',')},`],
    ['line ends, with one behind', (secrets) => `${secrets.join('\n')}\n`],
    ['an empty line', (secrets) => secrets.join('\n\n')],
    ['a comma, each in quotes', (secrets) => secrets.map((secret) => `"${secret}"`).join(',')],
    ['a comma, all in quotes', (secrets) => `"${secrets.join(',')}"`],
    ['JSON', (secrets) => JSON.stringify(secrets)],
    ['JSON with lines', (secrets) => JSON.stringify(secrets, undefined, 2)],
    ['a list of JavaScript', (secrets) => `['${secrets.join("', '")}']`],
    ['a list of YAML', (secrets) => `[${secrets.join(', ')}]`],
    ['lines with names', (secrets) => secrets.map((secret, i) => `SECRET_${i}=${secret}\n`).join('')],
  ])('joined by %s: refused, with a list as remedy', (_title, join) => {
    for (const secrets of PAIRS)
      expect(refusal(join(secrets))).toMatch(/^must be one secret, got several .*Give them as a list: /);
  });

  test('in lines, whatever they are made of: refused', () => {
    for (const end of ['\n', '\r\n', '\t']) {
      expect(refusal(`${MADE_UP}${end}${ALSO_MADE_UP}`)).toMatch(/^must be one secret, got several /);
    }
  });

  test.each<[string, string]>([
    ['words between spaces', 'grumble vortex acquaint thirteen mosaic pelican'],
    ['a comma in what was made up', `${MADE_UP},${ALSO_MADE_UP}`],
    ['a comma behind too little to be one', `${SECRET.slice(0, 30)},${OTHER_SECRET}`],
    ['a bracket that opens inside', `${SECRET}[${HEX},${OTHER_SECRET}`],
    ['a bracket that closes inside', `${SECRET},${HEX}]${OTHER_SECRET}`],
    ['a second line that is long by its blanks only', `${MADE_UP}\n${' '.repeat(40)}x`],
    ['an apostrophe', "it's grumble vortex acquaint thirteen mosaic pelican"],
    ['a sign of equality', `${MADE_UP}=${SECRET}`],
    ['two in base64, one behind the other', BASE64 + randomBytes(32).toString('base64')],
    ['a prefix', `base64:${BASE64}`],
    ['parts with colons', `v1:${HEX}:${OTHER_HEX}`],
  ])('%s: taken', (_title, secret) => {
    expect(secretBytes(secret, 'secret')).toEqual(Buffer.from(secret));
  });

  test('a private key of many lines is one secret', () => {
    for (const { privateKey } of [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ed25519'),
    ]) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      for (const secret of [pem, pem.trim(), Buffer.from(pem)]) {
        expect(secretBytes(secret, 'secret')).toEqual(Buffer.from(secret as string));
      }
    }
  });

  test('a text of a quarter of a megabyte is judged at once', () => {
    for (const text of [
      `${' '.repeat(250_000)}${SECRET}`,
      `${MADE_UP.repeat(8_000)},`,
      `${HEX},`.repeat(4_000),
    ]) {
      const start = cpuTime();
      expect(() => secretBytes(`x${text}x`, 'secret')).not.toThrow(RangeError);
      expect(cpuTime() - start).toBeLessThan(1_000);
    }
  });
});

describe('the secret of the legacy format', () => {
  test.each([`${SECRET}\n`, `"${SECRET}"`, `SECRET=${SECRET}`, `${SECRET},${OTHER_SECRET}`, ' '])(
    'is taken byte for byte, whatever it looks like',
    (secret) => {
      const { encryption, signature } = resolveLegacyKeys({ secret }, 'legacy');
      const bytes = resolveLegacyKeys({ secret: Buffer.from(secret) }, 'legacy');

      expect([
        encryption.key.equals(bytes.encryption.key),
        signature.key.equals(bytes.signature.key),
      ]).toEqual([true, true]);
    },
  );
});
