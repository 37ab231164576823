import {
  createCipheriv,
  createHash,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { NoSealingKeyError } from '../../lib/errors/no-sealing-key.error.js';
import { createSealer, describeHeader } from '../../lib/sealing/create-sealer.js';
import { lengthPrefixed } from '../../lib/sealing/key-scope.js';
import type { Sealer } from '../../lib/sealing/sealer.js';
import { KEY_ID_BYTES, KeyRing } from '../../lib/sealing/key-ring.js';
import { type Secret, secretBytes } from '../../lib/sealing/secret.js';
import type { Time } from '../../lib/sealing/point-in-time.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import { Xaes256Gcm } from '../../lib/sealing/xaes-256-gcm.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, Workshop } from '../support/session.js';

const SCOPE = { purpose: 'session', cookieName: 'cart' };
const REMEDY =
  /^Invalid option "secret": .+\. .*Generate one with: node -p .+ and keep it outside the code\.$/;

function refusal(act: () => unknown): InvalidOptionsError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return error as InvalidOptionsError;
  }
  throw new Error('it was not refused');
}

describe('secrets', () => {
  test.each([
    ['undefined', undefined, 'it is missing'],
    ['null', null, 'it is missing'],
    ['empty text', '', 'it is missing'],
    ['a number', 1234567890, 'must be text, a Buffer or a KeyObject, got a number'],
    ['an object', { secret: SECRET }, 'must be text, a Buffer or a KeyObject, got an object'],
    ['a function', () => SECRET, 'must be one secret, got a function'],
    ['one character', 'a', 'must be at least 32 bytes long, has 1'],
    ['31 bytes of text', SECRET.slice(0, 31), 'must be at least 32 bytes long, has 31'],
    ['31 random bytes', randomBytes(31), 'must be at least 32 bytes long, has 31'],
    ['a KeyObject of 16 bytes', createSecretKey(randomBytes(16)), 'must be at least 32 bytes long, has 16'],
    ['client-sessions', 'blargadeeblargblarg-blargadeeblargblarg', 'placeholder'],
    ['express-session', 'keyboard cat, keyboard dog, keyboard cow', 'placeholder'],
    ['iron-session', 'complex_password_at_least_32_characters_long', 'placeholder'],
    ['@fastify/secure-session', 'averylogphrasebiggerthanthirtytwochars', 'placeholder'],
    ['@fastify/session', 'a secret with minimum length of 32 characters', 'placeholder'],
    ['yar', 'the-password-must-be-at-least-32-characters-long', 'placeholder'],
    ['@hapi/cookie', '!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6', 'placeholder'],
    ['bell', 'password-should-be-32-characters', 'placeholder'],
    ['express-openid-connect', 'a long, randomly-generated string stored in env', 'placeholder'],
    ['jwt.io', 'a-string-secret-at-least-256-bits-long', 'placeholder'],
    ['jose', 'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2', 'placeholder'],
    ['h3', '80d42cfb-1cd2-462c-8f17-e3237d9027e9', 'placeholder'],
    ['a template', 'change-me-before-you-go-to-production', 'placeholder'],
    ['a template in capitals', 'CHANGE_THIS_TO_SOMETHING_VERY_PRIVATE', 'placeholder'],
    ['another template', 'your-super-secret-goes-here-1234567', 'placeholder'],
    ['a template in a Buffer', Buffer.from('replace_with_32_bytes_of_good_luck'), 'placeholder'],
    [
      'a template in a KeyObject',
      createSecretKey('replace_with_32_bytes_of_good_luck', 'utf8'),
      'placeholder',
    ],
    ['one letter over and over', 'a'.repeat(64), 'it repeats itself or counts up'],
    ['one word over and over', 'password'.repeat(4), 'it repeats itself or counts up'],
    ['digits over and over', '12345678901234567890123456789012', 'it repeats itself or counts up'],
    ['a good secret cut short, three times', SECRET.slice(0, 11).repeat(3), 'it repeats itself or counts up'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'it repeats itself or counts up'],
    ['counting down', '9876543210zyxwvutsrqponmlkjihgfedcba', 'it repeats itself or counts up'],
    ['bytes that count', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 'it repeats itself'],
    ['all zero', Buffer.alloc(32), 'it repeats itself or counts up'],
    ['all zero but the last', Buffer.concat([Buffer.alloc(31), Buffer.of(1)]), 'it repeats itself'],
    ['two letters', 'abbababbaabbabaababbaababbabaabbab', 'it repeats itself or counts up'],
    ['four letters', 'adgjjgdaajdggdjaajgdgjadjagdajgdgjda', 'it uses too few different characters'],
  ])(
    '%s: refused with the problem and the remedy, and without the secret',
    (_name, secret: unknown, problem) => {
      const error = refusal(() => secretBytes(secret, 'secret'));

      expect(error.problem).toContain(problem);
      expect(error.message).toMatch(REMEDY);
      expect(
        piecesOf(secret, `${error.stack} ${inspect(error, { depth: Infinity, showHidden: true })}`),
      ).toEqual([]);
    },
  );

  test.each(['private', 'public'] as const)('an asymmetric key, the %s one: refused', (type) => {
    const key = generateKeyPairSync('ed25519')[`${type}Key`];

    expect(refusal(() => secretBytes(key, 'secret')).message).toBe(
      `Invalid option "secret": must be a symmetric key, got a ${type} key. Use a key made by createSecretKey().`,
    );
  });

  test.each([
    ['16 random bytes in hex, which are 32 characters', randomBytes(16).toString('hex')],
    ['32 random bytes in hex', randomBytes(32).toString('hex')],
    ['32 random bytes in base64url', randomBytes(32).toString('base64url')],
    ['32 random bytes in base64', randomBytes(32).toString('base64')],
    ['32 random bytes', randomBytes(32)],
    ['32 random bytes as Uint8Array', Uint8Array.from(randomBytes(32))],
    ['64 random bytes', randomBytes(64)],
    ['a KeyObject', createSecretKey(randomBytes(32))],
    ['a long passphrase', 'correct horse battery staple, nine lazy foxes & a violin'],
    ['a passphrase beyond ASCII', 'Größe ist Übung – été, naïve, čtyři žlutí psi'],
  ])('%s: taken byte for byte', (_name, secret) => {
    const bytes =
      typeof secret === 'string'
        ? Buffer.from(secret)
        : secret instanceof Uint8Array
          ? Buffer.from(secret)
          : secret.export();

    expect(secretBytes(secret, 'secret')).toEqual(bytes);
  });

  test('no random secret of 32 bytes is ever refused', () => {
    for (let i = 0; i < 5_000; i++) {
      const random = randomBytes(32);
      for (const secret of [random, random.toString('base64url'), random.toString('hex')]) {
        expect(() => secretBytes(secret, 'secret')).not.toThrow();
      }
    }
  });

  test('a Buffer that changes afterwards changes nothing', () => {
    const secret = randomBytes(32);
    const ring = new KeyRing(secret, 'secret');
    const text = createSealer(ring, SCOPE).seal(record());
    secret.fill(0);

    expect(createSealer(ring, SCOPE).unseal(text).ok).toBe(true);
  });
});

describe('the ring', () => {
  test('ids and keys come from the secret alone, by HKDF-SHA256', () => {
    const expand = (info: Buffer | string, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', SECRET, 'nestjs-client-sessions/1', info, length));
    const ring = new KeyRing(SECRET, 'secret');
    const key = expand(Buffer.from('key\0\x07session\0\x04cart', 'latin1'), 32);

    expect(ring.ids).toEqual([expand('id', 4).toString('hex')]);
    expect(ring.keysFor(SCOPE).map(({ id }) => id)).toEqual([expand('id', 4)]);
    expect(ring.keysFor(SCOPE)[0]!.derive('key', 32)).toEqual(key);
  });

  test('text, its bytes and a KeyObject of them are one secret', () => {
    const ids = [SECRET, Buffer.from(SECRET), createSecretKey(SECRET, 'utf8')].map(
      (secret) => new KeyRing(secret, 'secret').ids,
    );

    expect(new Set(ids.flat()).size).toBe(1);
  });

  test('keeps the order of the secrets', () => {
    const [first, second] = [SECRET, OTHER_SECRET].map((secret) => new KeyRing(secret, 'secret').ids[0]!);

    expect(first).not.toBe(second);
    expect(new KeyRing([SECRET, OTHER_SECRET], 'secret').ids).toEqual([first, second]);
    expect(new KeyRing([OTHER_SECRET, SECRET], 'secret').ids).toEqual([second, first]);
    expect(Buffer.from(first!, 'hex')).toHaveLength(KEY_ID_BYTES);
  });

  test('the first seals, all open, and what another than the first opened is stale', () => {
    const [old, both, renewed] = [[SECRET], [OTHER_SECRET, SECRET], [OTHER_SECRET]].map((secrets) =>
      createSealer(new KeyRing(secrets, 'secret'), SCOPE),
    );
    const byOld = old!.seal(record());
    const byNew = both!.seal(record());

    expect(both!.unseal(byOld)).toMatchObject({ ok: true, stale: true });
    expect(both!.unseal(byNew)).toMatchObject({ ok: true, stale: false });
    expect(renewed!.unseal(byNew)).toMatchObject({ ok: true, stale: false });
    expect(renewed!.unseal(byOld)).toEqual({ ok: false, reason: 'unknown-key' });
    expect(old!.unseal(byNew)).toEqual({ ok: false, reason: 'unknown-key' });
  });

  test('readers first: no order of deployments in between leaves a cookie unread', () => {
    const phases = [[SECRET], [SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET], [OTHER_SECRET]].map((secrets) =>
      createSealer(new KeyRing(secrets, 'secret'), SCOPE),
    );

    for (let phase = 1; phase < phases.length; phase++) {
      const [before, after] = [phases[phase - 1]!, phases[phase]!];
      expect(before.unseal(after.seal(record())).ok).toBe(true);
      // The last step waits for the longest lifetime, so only cookies of the middle phase still exist.
      expect(after.unseal(before.seal(record())).ok).toBe(true);
    }
  });

  test.each<[string, readonly Secret[], string, RegExp]>([
    ['empty', [], 'secret', /must not be an empty list\. Give at least one secret, the newest first\.$/],
    ['one secret twice', [SECRET, SECRET], 'secret[1]', /key id [\da-f]{8} like the secret at 0/],
    ['one secret twice, further down', [OTHER_SECRET, SECRET, SECRET], 'secret[2]', /like the secret at 1/],
    ['text and its bytes', [SECRET, Buffer.from(SECRET)], 'secret[1]', /like the secret at 0/],
    ['a weak one among good ones', [SECRET, 'short'], 'secret[1]', /must be at least 32 bytes long, has 5\./],
    ['a missing one', [SECRET, undefined as never], 'secret[1]', /it is missing/],
  ])('%s: refused, naming the place and the remedy', (_name, secrets, option, message) => {
    const error = refusal(() => new KeyRing(secrets, 'secret'));

    expect(error.option).toBe(option);
    expect(error.message).toMatch(message);
    expect(piecesOf(SECRET, error.message)).toEqual([]);
  });

  test('a length in front of each text keeps neighbours apart', () => {
    expect(lengthPrefixed('')).toEqual(Buffer.of(0, 0));
    expect(lengthPrefixed('ä')).toEqual(Buffer.of(0, 2, 0xc3, 0xa4));
    expect(lengthPrefixed('x'.repeat(300)).subarray(0, 2)).toEqual(Buffer.of(1, 44));
  });
});

describe('secrets with times', () => {
  const [ID, OTHER_ID] = [SECRET, OTHER_SECRET].map((secret) => new KeyRing(secret, 'secret').ids[0]!) as [
    string,
    string,
  ];
  const NOW = new Clock().time;

  /** A ring, and a clock that the test can move. */
  const ringAt = (secrets: SecretList, clock = new Clock()) => {
    const ring = new KeyRing(secrets, 'secret', clock.time);
    return { clock, ring, format: createSealer(ring, SCOPE, { now: clock.now }) };
  };
  const sealedBy = (secret: string) => createSealer(new KeyRing(secret, 'secret'), SCOPE).seal(record());
  const sealingId = (format: Sealer) => describeHeader(format.seal(record()))!.keyId;

  /** Every combination of the rules, and its effect on a secret. */
  const COMBINATIONS = [undefined, NOW - 2 * DAY, NOW - DAY, NOW, NOW + DAY].flatMap((notBefore) =>
    [undefined, NOW, NOW + HOUR].flatMap((expires) =>
      [undefined, true].map((revoked) => ({
        rules: {
          ...(notBefore !== undefined && { notBefore }),
          ...(expires !== undefined && { expires }),
          ...(revoked !== undefined && { revoked }),
        },
        begins: notBefore ?? -1,
        refusal: revoked ? 'revoked' : expires !== undefined && expires <= NOW ? 'unknown-key' : undefined,
      })),
    ),
  );

  test('every pair of combinations: who seals, who is in force, who is refused and why', () => {
    let rings = 0;
    const texts = { first: sealedBy(SECRET), second: sealedBy(OTHER_SECRET) };
    for (const first of COMBINATIONS) {
      for (const second of COMBINATIONS) {
        const secrets = [
          { secret: SECRET, ...first.rules },
          { secret: OTHER_SECRET, ...second.rules },
        ];
        const [firstSeals, secondSeals] = [first, second].map(
          ({ begins, refusal }) => !refusal && begins <= NOW,
        );
        if (!firstSeals && !secondSeals) {
          expect(() => ringAt(secrets)).toThrow(/must contain a secret that may seal now/);
          continue;
        }
        const { ring, format } = ringAt(secrets);
        const isSecond = !firstSeals;
        const sealing = isSecond ? OTHER_ID : ID;
        const others = [...(first.refusal ? [] : [ID]), ...(second.refusal ? [] : [OTHER_ID])].filter(
          (id) => id !== sealing,
        );
        rings++;

        expect([secrets, sealingId(format)]).toEqual([secrets, sealing]);
        expect([secrets, ring.idsInForce(NOW)]).toEqual([secrets, [sealing, ...others]]);
        expect(format.unseal(texts.first)).toMatchObject(
          first.refusal ? { ok: false, reason: first.refusal } : { ok: true, stale: isSecond },
        );
        expect(format.unseal(texts.second)).toMatchObject(
          second.refusal ? { ok: false, reason: second.refusal } : { ok: true, stale: !isSecond },
        );
      }
    }

    expect([COMBINATIONS.length, rings]).toEqual([30, 416]);
  });

  test.each<[string, (time: number) => Time]>([
    ['ms', (time) => time],
    ['a Date', (time) => new Date(time)],
    ['ISO text', (time) => new Date(time).toISOString()],
    ['text with a zone', (time) => new Date(time + 2 * HOUR).toISOString().replace('Z', '+02:00')],
  ])('times as %s are the same times', (_title, spell) => {
    const at = ringAt([{ secret: SECRET, notBefore: spell(NOW), expires: spell(NOW + DAY) }, OTHER_SECRET]);
    expect(sealingId(at.format)).toBe(ID);
    at.clock.time = NOW - 1;
    expect(sealingId(at.format)).toBe(OTHER_ID);

    const until = ringAt([{ secret: SECRET, expires: spell(NOW) }, OTHER_SECRET], at.clock);
    expect(sealingId(until.format)).toBe(ID);
    until.clock.time = NOW;
    expect(sealingId(until.format)).toBe(OTHER_ID);
  });

  test('a Date that changes afterwards changes nothing', () => {
    const notBefore = new Date(NOW + DAY);
    const { format } = ringAt([{ secret: OTHER_SECRET, notBefore }, SECRET]);
    notBefore.setTime(0);

    expect(sealingId(format)).toBe(ID);
  });

  test('of those that may seal the first does, whatever their times', () => {
    expect(sealingId(ringAt([SECRET, OTHER_SECRET]).format)).toBe(ID);
    expect(sealingId(ringAt([{ secret: SECRET }, { secret: OTHER_SECRET }]).format)).toBe(ID);
    const notBefore = NOW - DAY;
    expect(
      sealingId(
        ringAt([
          { secret: SECRET, notBefore },
          { secret: OTHER_SECRET, notBefore: notBefore + 1 },
        ]).format,
      ),
    ).toBe(ID);
  });

  test('a planned rotation switches by the clock, and whoever uses the session outlives the old key', () => {
    const clock = new Clock();
    const secret = [{ secret: OTHER_SECRET, notBefore: NOW + HOUR }, SECRET];
    // This server gets no new configuration. The other server below starts after the switch.
    const workshop = new Workshop({ secret, clock, duration: '30 days' });
    const keyId = (cookie: string | undefined) => describeHeader(cookie!)?.keyId;
    const old = workshop.cookieOf({ total: 33 });
    expect(keyId(old)).toBe(ID);

    clock.pass(HOUR - 1);
    expect(workshop.visit(old, (state) => state.object)).toBe(old);
    expect(keyId(workshop.cookieOf({ n: 1 }))).toBe(ID);

    clock.pass(1);
    const read = workshop.goOn({ content: old });
    expect([read.content, keyId(read.renewal)]).toEqual([old, OTHER_ID]);
    expect(workshop.goOn(read)).toBe(read);
    const dropped = new Workshop({ secret: OTHER_SECRET, clock, duration: '30 days' });
    expect(dropped.openKept(read).object).toEqual({ total: 33 });
    expect(dropped.open(old).info().refused).toBe('unknown-key');
    const changed = workshop.goOn(read, (state) => (state.object['total'] = 34));
    expect([keyId(changed.content), changed.renewal]).toEqual([OTHER_ID, undefined]);
    expect(dropped.openKept(changed).object).toEqual({ total: 34 });
    const restarted = new Workshop({ secret, clock, duration: '30 days' });
    expect(keyId(restarted.cookieOf({ n: 1 }))).toBe(OTHER_ID);
    expect(restarted.open(old).object).toEqual({ total: 33 });
    expect([...workshop.events, ...restarted.events]).toEqual([]);
  });

  test('the new secret opens before its time: a server whose clock is ahead logs nobody out', () => {
    const secret = [{ secret: OTHER_SECRET, notBefore: NOW + HOUR }, SECRET];
    const [ahead, behind] = [ringAt(secret), ringAt(secret)];
    ahead.clock.pass(HOUR);

    expect(behind.format.unseal(ahead.format.seal(record()))).toMatchObject({ ok: true, stale: true });
    expect(ahead.format.unseal(behind.format.seal(record()))).toMatchObject({ ok: true, stale: true });
  });

  test('of several planned ones each takes over in its turn', () => {
    const entries = [2, 1].map((days, i) => ({
      secret: [OTHER_SECRET, SECRET.toLowerCase()][i]!,
      notBefore: NOW + days * DAY,
    }));
    const { clock, format, ring } = ringAt([...entries, SECRET]);
    const order = [0, 1, 2].map(() => {
      const id = sealingId(format);
      expect(ring.idsInForce(clock.time)[0]).toBe(id);
      clock.pass(DAY);
      return id;
    });

    expect(order).toEqual([ID, new KeyRing(SECRET.toLowerCase(), 'secret').ids[0], OTHER_ID]);
  });

  test('a key with an end: what it sealed is refused from then on, and the next one seals', () => {
    const { clock, format, ring } = ringAt([{ secret: SECRET, expires: NOW + HOUR }, OTHER_SECRET]);
    const text = format.seal(record());
    clock.pass(HOUR - 1);
    expect(format.unseal(text)).toMatchObject({ ok: true, stale: false });
    clock.pass(1);

    expect(format.unseal(text)).toEqual({ ok: false, reason: 'unknown-key' });
    expect(sealingId(format)).toBe(OTHER_ID);
    expect(ring.idsInForce(clock.time)).toEqual([OTHER_ID]);
  });

  test('when the last key runs out: sealing fails with the remedy, opening is refused, none is in force', () => {
    const { clock, format, ring } = ringAt({ secret: SECRET, expires: NOW + HOUR });
    const text = format.seal(record());
    clock.pass(HOUR);

    expect(() => format.seal(record())).toThrow(NoSealingKeyError);
    expect(() => format.seal(record())).toThrow(
      expect.objectContaining({
        code: 'ERR_NO_SEALING_KEY',
        cookieName: 'cart',
        message: expect.stringMatching(/"cart".*Add a secret .* no restart is needed\.$/s),
      }),
    );
    expect(format.unseal(text)).toEqual({ ok: false, reason: 'unknown-key' });
    expect(ring.idsInForce(clock.time)).toEqual([]);
  });

  test('between an end and a beginning nothing can be sealed, but what is there opens', () => {
    const secrets = [
      { secret: SECRET, expires: NOW + HOUR },
      { secret: OTHER_SECRET, notBefore: NOW + 2 * HOUR },
    ];
    const { clock, format, ring } = ringAt(secrets);
    clock.pass(HOUR);
    expect(() => format.seal(record())).toThrow(NoSealingKeyError);
    expect(format.unseal(sealedBy(OTHER_SECRET))).toMatchObject({ ok: true, stale: true });
    expect(ring.idsInForce(clock.time)).toEqual([OTHER_ID]);
    clock.pass(HOUR);

    expect(sealingId(format)).toBe(OTHER_ID);
  });

  const at = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
  test.each<[string, SecretList, string]>([
    [
      'all are revoked',
      [SECRET, OTHER_SECRET].map((secret) => ({ secret, revoked: true })),
      `key ${ID} was revoked, key ${OTHER_ID} was revoked`,
    ],
    [
      'the only one has expired',
      { secret: SECRET, expires: NOW - DAY },
      `key ${ID} expired at ${at(NOW - DAY)}`,
    ],
    ['one has expired this moment', { secret: SECRET, expires: NOW }, `key ${ID} expired at ${at(NOW)}`],
    [
      'none has begun',
      { secret: SECRET, notBefore: NOW + DAY },
      `key ${ID} may not seal before ${at(NOW + DAY)}`,
    ],
    [
      'each for a reason of its own',
      [
        { secret: SECRET, expires: NOW - DAY, revoked: true },
        { secret: OTHER_SECRET, notBefore: NOW + HOUR },
      ],
      `key ${ID} was revoked, key ${OTHER_ID} may not seal before ${at(NOW + HOUR)}`,
    ],
  ])('where %s, both the start and the sealing say which of the reasons it is', (_title, secrets, reason) => {
    expect(refusal(() => new KeyRing(secrets, 'secret', NOW)).problem).toBe(
      `must contain a secret that may seal now: ${reason}`,
    );
    const format = createSealer(new KeyRing(secrets, 'secret', NOW, false), SCOPE, { now: () => NOW });
    expect(() => format.seal(record())).toThrow(
      expect.objectContaining({
        reason,
        message:
          `No secret may seal the cookie "cart": ${reason}. Add a secret at the front of the list. ` +
          'If "secret" is a function or an Observable, no restart is needed.',
      }),
    );
  });

  const ADD_ONE = /^Add a secret that may seal at the front of the list\.$/;
  const KNOWN = /^Use one of: secret, notBefore, expires, revoked\.$/;
  const TIME = /^Give a Date, ms since epoch, or text such as '2027-01-31T00:00:00Z'\.$/;
  test.each<[string, unknown, string, RegExp]>([
    ['all expired', [{ secret: SECRET, expires: NOW }], 'secret', ADD_ONE],
    ['none to be used yet', [{ secret: SECRET, notBefore: NOW + 1 }], 'secret', ADD_ONE],
    ['all revoked', { secret: SECRET, revoked: true }, 'secret', ADD_ONE],
    [
      'one of each',
      [
        { secret: SECRET, expires: NOW - DAY },
        { secret: OTHER_SECRET, revoked: true },
        { secret: randomBytes(32), notBefore: NOW + DAY },
      ],
      'secret',
      ADD_ONE,
    ],
    [
      'over before it begins',
      { secret: SECRET, notBefore: NOW + DAY, expires: NOW - DAY },
      'secret',
      ADD_ONE,
    ],
    ['empty', [], 'secret', /^Give at least one secret, the newest first\.$/],
    [
      'one secret with and without times',
      [SECRET, { secret: SECRET, notBefore: NOW - DAY }],
      'secret[1]',
      /^List every secret once/,
    ],
    [
      'one secret revoked and not',
      [{ secret: SECRET, revoked: true }, OTHER_SECRET, { secret: createSecretKey(SECRET, 'utf8') }],
      'secret[2]',
      /^List every secret once/,
    ],
    ['a weak secret in an entry', { secret: 'short' }, 'secret.secret', /^Generate one with/],
    [
      'a weak secret that is revoked',
      [SECRET, { secret: 'short', revoked: true }],
      'secret[1].secret',
      /^Generate one with/,
    ],
    [
      'an entry without a secret',
      { notBefore: NOW - DAY },
      'secret.secret',
      /Give text of at least 32 bytes/,
    ],
    [
      'an entry without a secret, and without a prototype',
      Object.assign(Object.create(null), { notBefore: NOW - DAY }),
      'secret.secret',
      /Give text of at least 32 bytes/,
    ],
    ['null in a list', [SECRET, null], 'secret[1]', /^Give text of at least 32 bytes/],
    ['an unknown key', { secret: SECRET, notbefore: NOW }, 'secret.notbefore', KNOWN],
    ['a key of another library', [{ secret: SECRET, kid: 'a' }, SECRET], 'secret[0].kid', KNOWN],
    ['a list in a list', [[SECRET, OTHER_SECRET]], 'secret', /^Give several secrets as "secret" itself/],
    ['text in an object', new String(SECRET), 'secret', /^Give text of at least 32 bytes/],
    ['a promise', Promise.resolve(SECRET), 'secret', /^Await it, set "secret" to a function/],
    [
      'a list in an entry',
      { secret: [SECRET, OTHER_SECRET] },
      'secret.secret',
      /^Give several secrets as "secret" itself/,
    ],
    ['an instance of a class', [SECRET, new Map()], 'secret[1]', /^Give text of at least 32 bytes/],
    ['a promise in a list', [SECRET, Promise.resolve(OTHER_SECRET)], 'secret[1]', /^Await it/],
    ['a promise in an entry', { secret: Promise.resolve(SECRET) }, 'secret.secret', /^Await it/],
    ...['soon', '', '120 days', NaN, Infinity, null, true, {}, [], 5n, new Date(NaN)].flatMap(
      (time): [string, unknown, string, RegExp][] => {
        const shown = inspect(time);
        return [
          [`notBefore: ${shown}`, { secret: SECRET, notBefore: time }, 'secret.notBefore', TIME],
          [`expires: ${shown}`, [SECRET, { secret: OTHER_SECRET, expires: time }], 'secret[1].expires', TIME],
        ];
      },
    ),
    ...['yes', 1, null, {}].map((revoked): [string, unknown, string, RegExp] => [
      `revoked: ${inspect(revoked)}`,
      { secret: SECRET, revoked },
      'secret.revoked',
      /^Use true or false\.$/,
    ]),
  ])('refused at start: %s', (_title, secrets, option, remedy) => {
    const error = refusal(() => new KeyRing(secrets as SecretList, 'secret', NOW));

    expect(error.option).toBe(option);
    expect(error.problem).toMatch(/^(?:must|it|is|there|as) .*[^. ]$/s);
    expect(error.remedy).toMatch(remedy);
    expect(error.message.endsWith(error.remedy)).toBe(true);
    expect(
      leaksOf(
        [SECRET, OTHER_SECRET],
        `${error.stack} ${inspect(error, { depth: Infinity, showHidden: true })}`,
      ),
    ).toEqual([]);
  });

  test.each<[unknown, boolean]>([
    [true, true],
    ['true', true],
    ['yes', true],
    [1, true],
    ['false', false],
    ['', false],
    [0, false],
    [null, false],
    [undefined, false],
  ])('a list that cannot be used revokes by %j: %s', (revoked, isRevoked) => {
    const ring = new KeyRing([OTHER_SECRET, SECRET], 'secret', NOW);
    const restricted = ring.restrictedBy([{ secret: SECRET, revoked }, 'short'], 'secret');
    expect(restricted.times.map((times) => times.isRevoked)).toEqual([false, isRevoked]);
  });

  test('neither the ring nor the error of the last key shows a secret', () => {
    const { clock, ring, format } = ringAt([
      { secret: SECRET, expires: NOW + 1 },
      { secret: OTHER_SECRET, revoked: true },
    ]);
    clock.pass(1);
    let error: unknown;
    try {
      format.seal(record());
    } catch (thrown) {
      error = thrown;
    }
    const everything = [
      ring,
      ring.keysFor(SCOPE),
      ring.idsInForce(NOW),
      format,
      error,
      (error as Error).stack,
    ];
    const options = {
      depth: Infinity,
      showHidden: true,
      maxArrayLength: null,
      maxStringLength: null,
    } as const;
    const shown = everything.map((value) => `${inspect(value, options)} ${JSON.stringify(value)}`).join();

    expect(error).toBeInstanceOf(NoSealingKeyError);
    expect(leaksOf([SECRET, OTHER_SECRET], shown)).toEqual([]);
    expect(leaksOf([SECRET], inspect(Buffer.from(SECRET).toString('base64url')))).not.toEqual([]);
  });
});

describe('nothing shows its keys', () => {
  // Not random: the key id may be shown, and the id of a random secret shares eight characters with the secret's bytes
  // in one of a hundred runs.
  const secret = createHash('sha256').update('nothing shows its keys').digest();
  const ring = new KeyRing([secret, OTHER_SECRET], 'secret');
  const keys = [secret, Buffer.from(OTHER_SECRET)].flatMap((one) => {
    const info = Buffer.from('key\0\x07session\0\x04cart', 'latin1');
    const key = Buffer.from(hkdfSync('sha256', one, 'nestjs-client-sessions/1', info, 32));
    return [one, key, subkey(one.subarray(0, 32)), subkey(key)];
  });
  const format = createSealer(ring, SCOPE);
  format.unseal(format.seal(record()));

  test.each<[string, unknown]>([
    ['KeyRing', ring],
    ['its keys', ring.keysFor(SCOPE)],
    ['Xaes256Gcm', new Xaes256Gcm(secret)],
    ['Format1', format],
  ])('%s: neither inspect nor JSON holds key bytes in any spelling', (_name, value) => {
    const shown = [
      inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }),
      JSON.stringify(value),
      String(value),
      JSON.stringify(Object.getOwnPropertyDescriptors(value as object)),
    ].join('\n');

    expect(keys.flatMap((key) => piecesOf(key, shown))).toEqual([]);
  });

  test('the search itself finds bytes that do show', () => {
    for (const leak of [secret, secret.toString('base64'), { deep: { down: [secret.toString('hex')] } }]) {
      const shown = inspect(leak, { depth: Infinity, maxArrayLength: null });
      expect(piecesOf(secret, shown)).not.toEqual([]);
    }
  });
});

/** K1 of the XAES specification: the encrypted zero block, doubled. It is half of what a message key is made of. */
function subkey(key: Buffer): Buffer {
  const l = createCipheriv('aes-256-ecb', key, null)
    .setAutoPadding(false)
    .update(Buffer.alloc(16))
    .toString('hex');
  const doubled = BigInt(`0x${l}`) << 1n;
  const k1 = doubled >> 128n ? BigInt.asUintN(128, doubled) ^ 0x87n : doubled;
  return Buffer.from(k1.toString(16).padStart(32, '0'), 'hex');
}

/** Finds runs of eight characters of a secret in a text, in all usual encodings of its bytes. */
function piecesOf(secret: unknown, text: string): string[] {
  return spellings(secret).flatMap((spelling) =>
    Array.from({ length: Math.max(0, spelling.length - 7) }, (_, i) => spelling.slice(i, i + 8)).filter(
      (piece) => text.includes(piece),
    ),
  );
}

function spellings(secret: unknown): string[] {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) return [];
  const bytes = Buffer.from(secret as string);
  const encodings = ['hex', 'base64', 'base64url', 'latin1', 'utf8'] as const;
  return [
    ...encodings.map((encoding) => bytes.toString(encoding)),
    bytes.toString('hex').replace(/..(?=.)/g, '$& '),
    [...bytes].join(', '),
    [...bytes].join(','),
  ];
}

function record() {
  return {
    createdAt: 1_750_000_000_000,
    startedAt: 1_750_000_000_000,
    expiresAt: 1_750_086_400_000,
    ownDuration: false,
    renewed: false,
    json: '{"a":1}',
  };
}
