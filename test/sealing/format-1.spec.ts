import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from '../../lib/sealing/base64url.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { KeyScope } from '../../lib/sealing/key-scope.js';
import { createSessionId } from '../../lib/sealing/session-id.js';
import { encodeRecord, type SessionRecord } from '../../lib/sealing/session-record.js';
import { Xaes256Gcm } from '../../lib/sealing/xaes-256-gcm.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { cases, sized } from '../support/size.js';

const SCOPE: KeyScope = { purpose: 'session', cookieName: 'cart' };
const CREATED = 1_750_000_000_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ring = new KeyRing(SECRET, 'secret');
const format = createSealer(ring, SCOPE);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('sealing and opening', () => {
  test('what was sealed opens as it was', () => {
    const given = { ...record('{"ä":"\u{1F36A}"}'), id: createSessionId(), version: 7, ephemeral: true };

    expect(format.unseal(format.seal(given))).toEqual({ ok: true, record: given, stale: false });
  });

  const SEALED = sized(20_000, 100_000);
  test(`the same record never gives the same text twice, and ${SEALED} nonces never repeat`, () => {
    const nonces = new Set<string>();
    const given = record('{}');
    for (let i = 0; i < SEALED; i++) {
      nonces.add(Buffer.from(format.seal(given), 'base64url').toString('latin1', 5, 29));
    }

    expect(nonces.size).toBe(SEALED);
  });

  test('nonces do not repeat between instances of one key either', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 1_000; i++) {
      const text = createSealer(ring, SCOPE).seal(record('{}'));
      nonces.add(Buffer.from(text, 'base64url').toString('latin1', 5, 29));
    }

    expect(nonces.size).toBe(1_000);
  });

  test('takes at most 80 characters beside base64url of the content, 102 with an id', () => {
    for (let length = 2; length <= 300; length++) {
      const json = '{}'.padStart(length);
      const content = Buffer.from(json).toString('base64url').length;
      const versioned = { ...record(json), version: 3 };

      const later = { writtenAt: record(json).createdAt + 1 };
      for (const given of [
        record(json),
        versioned,
        { ...record(json), ...later },
        { ...versioned, ...later },
      ]) {
        expect(format.seal(given).length - content).toBeLessThanOrEqual(80);
        expect(format.seal({ ...given, id: createSessionId() }).length - content).toBeLessThanOrEqual(102);
      }
    }
  });
});

describe('the format is what its description says', () => {
  test('what we seal, an independent reader opens', () => {
    for (const given of [record('{"a":1}'), { ...record('{"b":"ü"}'), id: createSessionId(), version: 2 }]) {
      expect(openByHand(format.seal(given), SECRET, SCOPE)).toEqual(encodeRecord(given));
    }
  });

  test('what an independent writer seals, we open', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.string({ maxLength: 20 }),
        fc.stringMatching(/^[\w-]{1,30}$/),
        (json, purpose, cookieName) => {
          const scope = { purpose, cookieName };
          const text = sealByHand(encodeRecord(record(json)), { scope });

          expect(createSealer(ring, scope).unseal(text)).toMatchObject({
            ok: true,
            record: { json },
            stale: false,
          });
        },
      ),
    );
  });

  const compatibility = JSON.parse(
    readFileSync(new URL('../vectors/format-1.json', import.meta.url), 'utf8'),
  ) as {
    cookies: readonly {
      name: string;
      secret: string;
      purpose: string;
      cookieName: string;
      cookie: string;
      record: Omit<SessionRecord, 'id' | 'generation'> & { id?: string; generation?: string };
    }[];
  };

  test.each(compatibility.cookies)('a cookie of the first release opens for ever: $name', (frozen) => {
    const { id, generation, ...rest } = frozen.record;
    const expected = {
      ...rest,
      ...(id !== undefined && { id: Buffer.from(id, 'hex') }),
      ...(generation !== undefined && { generation: Buffer.from(generation, 'hex') }),
    };
    const { purpose, cookieName } = frozen;

    const opened = createSealer(new KeyRing(frozen.secret, 'secret'), { purpose, cookieName }).unseal(
      frozen.cookie,
    );

    expect(opened).toEqual({ ok: true, record: expected, stale: false });
  });
});

describe('altered text', () => {
  const COUNT = sized(10, 1_000);
  const cookies = Array.from({ length: COUNT }, (_, i) => format.seal(record(i % 3 ? '{}' : '{"a":1}')));

  test(`every flipped bit of the bytes of ${COUNT} cookies: none opens, none throws`, () => {
    const tally = new Tally();
    for (const text of cookies) {
      const bytes = Buffer.from(text, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        tally.add(bytes.toString('base64url'));
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
    }

    expect(tally).toMatchObject({ opened: 0, thrown: 0 });
    expect(tally.refused).toBeGreaterThan(COUNT * 57 * 8);
  });

  test(`every flipped bit of the characters of ${COUNT} cookies: none opens, none throws`, () => {
    const tally = new Tally();
    for (const text of cookies) {
      for (let i = 0; i < text.length; i++) {
        const [before, code, after] = [text.slice(0, i), text.charCodeAt(i), text.slice(i + 1)];
        for (let bit = 0; bit < 8; bit++) tally.add(before + String.fromCharCode(code ^ (1 << bit)) + after);
      }
    }

    expect(tally).toMatchObject({ opened: 0, thrown: 0 });
    expect(tally.refused).toBeGreaterThan(COUNT * 76 * 8);
  });

  test('every truncation at either end, of text and of bytes: none opens, none throws', () => {
    const tally = new Tally();
    for (const text of cookies.slice(0, 300)) {
      const bytes = Buffer.from(text, 'base64url');
      for (let length = 0; length < text.length; length++) {
        tally.add(text.slice(0, length));
        tally.add(text.slice(text.length - length));
      }
      for (let length = 0; length < bytes.length; length++) {
        tally.add(bytes.toString('base64url', 0, length));
        tally.add(bytes.toString('base64url', bytes.length - length));
      }
    }

    expect(tally).toMatchObject({ opened: 0, thrown: 0 });
  });

  test('every suffix and prefix: none opens, none throws', () => {
    const tally = new Tally();
    const additions = [
      ...ALPHABET,
      'AA',
      'AAA',
      'AAAA',
      '==',
      '=',
      ' ',
      '\t',
      '\r\n',
      '\0',
      '.',
      '~',
      '*',
      '%00',
      '"',
      ',',
      ';',
      '\ufeff',
      '\ud800',
    ];
    for (const text of cookies.slice(0, 300)) {
      for (const addition of additions) {
        tally.add(text + addition);
        tally.add(addition + text);
      }
      tally.add(text + text);
    }

    expect(tally).toMatchObject({ opened: 0, thrown: 0 });
  });

  test('parts of two genuine cookies do not make a third', () => {
    const tally = new Tally();
    const pairs = cookies.slice(0, 200);
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [one, other] = [pairs[i]!, pairs[i + 1]!];
      for (let cut = 8; cut < one.length; cut++)
        tally.add(one.slice(0, cut) + other.slice(cut), [one, other]);
    }

    expect(tally).toMatchObject({ opened: 0, thrown: 0 });
  });

  test('no text whatsoever makes it throw', () => {
    const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const genuine = format.seal(record('{"a":1}'));
    const texts = fc.oneof(
      fc.string({ unit: codeUnit }),
      fc.string({ unit: 'grapheme' }),
      fc.base64String(),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc
        .string({ unit: fc.constantFrom(...ALPHABET), maxLength: 200 })
        .map((text) => genuine.slice(0, 40) + text),
      fc
        .tuple(fc.nat(genuine.length), codeUnit)
        .map(([at, unit]) => genuine.slice(0, at) + unit + genuine.slice(at)),
    );

    fc.assert(
      fc.property(texts, (text) => expect(format.unseal(text)).toMatchObject({ ok: false })),
      { numRuns: cases(5_000) },
    );
  });
});

describe('spellings', () => {
  test('only one spelling of the bytes opens, whatever their length leaves over', () => {
    const tally = new Tally();
    let spellings = 0;
    for (let length = 2; length <= 40; length++) {
      const text = format.seal(record('{}'.padStart(length)));
      const bytes = Buffer.from(text, 'base64url');
      for (const other of otherSpellings(text)) {
        expect(Buffer.from(other, 'base64url')).toEqual(bytes);
        tally.add(other);
        spellings++;
      }
      expect(format.unseal(text).ok).toBe(true);
    }

    expect(spellings).toBeGreaterThan(39 * 8);
    expect(tally).toMatchObject({ opened: 0, thrown: 0, reasons: new Set(['malformed']) });
  });

  test('the decoder takes what the encoder made, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
        const bytes = Buffer.from(given);
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET, '+', '/', '='), maxLength: 12 }), (text) => {
        const bytes = decodeBase64url(text);
        expect(bytes === undefined || encodeBase64url(bytes) === text).toBe(true);
      }),
      { numRuns: cases(2_000) },
    );
  });
});

describe('a cookie belongs to one session of one application', () => {
  test('names × purposes × secrets: each opens its own alone', () => {
    const cells = ['session', 'cart', 'cart2', 'Cart', '__Host-cart', 'ca', 'sessioncart'].flatMap(
      (cookieName) =>
        ['session', 'staging', '', 'rtsession', 'cart'].flatMap((purpose) =>
          [SECRET, OTHER_SECRET].map((secret) => {
            const sealer = createSealer(new KeyRing(secret, 'secret'), { purpose, cookieName });
            return { secret, sealer, text: sealer.seal(record('{"a":1}')) };
          }),
        ),
    );

    for (const reader of cells) {
      for (const writer of cells) {
        const opened = reader.sealer.unseal(writer.text);
        if (reader === writer) expect(opened.ok).toBe(true);
        else {
          const reason = reader.secret === writer.secret ? 'forged' : 'unknown-key';
          expect(opened).toEqual({ ok: false, reason });
        }
      }
    }
  });

  test('the key alone keeps sessions apart', () => {
    for (const keyScope of [
      { ...SCOPE, purpose: 'staging' },
      { ...SCOPE, cookieName: 'session' },
    ]) {
      const text = sealByHand(encodeRecord(record('{}')), { keyScope });

      expect(format.unseal(text)).toEqual({ ok: false, reason: 'forged' });
    }
  });

  test.each<[string, Partial<HandSealing>]>([
    ['purpose', { associatedScope: { ...SCOPE, purpose: 'staging' } }],
    ['cookie name', { associatedScope: { ...SCOPE, cookieName: 'session' } }],
    ['boundary between the two', { associatedScope: { purpose: 'sessionca', cookieName: 'rt' } }],
    ['label', { label: 'nestjs-client-sessionz\0' }],
    ['key id', { associatedKeyId: Buffer.alloc(4) }],
    ['version', { associatedVersion: 2 }],
  ])('the associated data alone keeps them apart: %s', (_name, sealing) => {
    const plaintext = encodeRecord(record('{}'));

    expect(format.unseal(sealByHand(plaintext, sealing))).toEqual({ ok: false, reason: 'forged' });
    expect(format.unseal(sealByHand(plaintext, {})).ok).toBe(true);
  });
});

describe('refusals', () => {
  const genuine = Buffer.from(format.seal(record('{"a":1}')), 'base64url');
  const altered = (change: (bytes: Buffer) => void): string => {
    const bytes = Buffer.from(genuine);
    change(bytes);
    return bytes.toString('base64url');
  };

  test.each<[string, string, string]>([
    ['nothing', '', 'malformed'],
    ['20,482 characters, before anything else of them is looked at', 'A'.repeat(20_482), 'malformed'],
    ['20,480 characters of another version', 'A'.repeat(20_480), 'unknown-version'],
    ['foreign characters, before the version', 'A~~~', 'malformed'],
    ["client-sessions' format", 'aXY.Y2lwaGVy.1750000000000.86400000.bWFj', 'malformed'],
    ['one byte of another version, before the length', 'Ag', 'unknown-version'],
    ['one byte of this version', 'AQ', 'malformed'],
    ['44 bytes', genuine.toString('base64url', 0, 44), 'malformed'],
    ['45 bytes: nothing is left to decrypt', genuine.toString('base64url', 0, 45), 'forged'],
    ['version 0', altered((bytes) => (bytes[0] = 0)), 'unknown-version'],
    ['version 2', altered((bytes) => (bytes[0] = 2)), 'unknown-version'],
    ['another key id', altered((bytes) => (bytes[4]! ^= 1)), 'unknown-key'],
    ['another nonce', altered((bytes) => (bytes[28]! ^= 1)), 'forged'],
    ['another ciphertext', altered((bytes) => (bytes[29]! ^= 1)), 'forged'],
    ['another tag', altered((bytes) => (bytes[bytes.length - 1]! ^= 1)), 'forged'],
    [
      'two flags that exclude each other',
      sealByHand(Buffer.concat([Buffer.of(96), Buffer.alloc(30)]), {}),
      'unknown-layout',
    ],
    ['an id cut short', sealByHand(Buffer.concat([Buffer.of(2), Buffer.alloc(26)]), {}), 'unknown-layout'],
    ['an empty plaintext', sealByHand(Buffer.alloc(0), {}), 'unknown-layout'],
  ])('%s', (_name, text, reason) => {
    expect(format.unseal(text)).toEqual({ ok: false, reason });
  });

  test('junk never reaches the cryptography', () => {
    const decrypt = jest.spyOn(Xaes256Gcm.prototype, 'decrypt');
    const text = genuine.toString('base64url');
    const otherKey = createSealer(new KeyRing(OTHER_SECRET, 'secret'), SCOPE).seal(record('{}'));
    for (const junk of [
      '',
      'A'.repeat(21_000),
      `${text}=`,
      ` ${text}`,
      `${text.slice(0, 20)}.${text.slice(21)}`,
    ]) {
      expect(format.unseal(junk).ok).toBe(false);
    }
    for (let i = 0; i < 1_000; i++)
      expect(format.unseal(randomBytes(100).fill(1, 0, 1).toString('base64url')).ok).toBe(false);
    for (const junk of [otherKey, altered((bytes) => (bytes[0] = 2)), genuine.toString('base64url', 0, 44)]) {
      expect(format.unseal(junk).ok).toBe(false);
    }

    expect(decrypt).not.toHaveBeenCalled();
    expect(format.unseal(text).ok).toBe(true);
    expect(decrypt).toHaveBeenCalledTimes(1);
  });

  test('a ring of many secrets decrypts once, under the key that the text names', () => {
    const secrets = Array.from({ length: 20 }, () => randomBytes(32));
    const sealer = createSealer(new KeyRing(secrets, 'secret'), SCOPE);
    const texts = secrets.map((secret) =>
      createSealer(new KeyRing(secret, 'secret'), SCOPE).seal(record('{}')),
    );
    const decrypt = jest.spyOn(Xaes256Gcm.prototype, 'decrypt');

    for (const text of texts) expect(sealer.unseal(text).ok).toBe(true);

    expect(decrypt).toHaveBeenCalledTimes(20);
  });
});

function record(json: string): SessionRecord {
  return {
    createdAt: CREATED,
    startedAt: CREATED,
    expiresAt: CREATED + 86_400_000,
    ownDuration: false,
    renewed: false,
    json,
  };
}

/** Counts the results for texts that must not open. */
class Tally {
  opened = 0;
  thrown = 0;
  refused = 0;
  readonly reasons = new Set<string>();

  add(text: string, genuine: readonly string[] = []): void {
    if (genuine.includes(text)) return;
    try {
      const result = format.unseal(text);
      if (result.ok) this.opened++;
      else {
        this.refused++;
        this.reasons.add(result.reason);
      }
    } catch {
      this.thrown++;
    }
  }
}

/** All other texts that Node's own decoder decodes to the same bytes. */
function otherSpellings(text: string): string[] {
  const unusedBits = (text.length * 6) % 8;
  const last = ALPHABET.indexOf(text.at(-1)!);
  const strayBits = Array.from(
    { length: (1 << unusedBits) - 1 },
    (_, i) => text.slice(0, -1) + ALPHABET[last + i + 1]!,
  );
  const otherAlphabet = text.replaceAll('-', '+').replaceAll('_', '/');
  return [
    ...strayBits,
    ...(otherAlphabet === text ? [] : [otherAlphabet]),
    `${text}=`,
    `${text}==`,
    `${text}=AAAA`,
    `${text}\n`,
    ` ${text}`,
    `${text.slice(0, 10)} ${text.slice(10)}`,
    `${text.slice(0, 10)}.${text.slice(10)}`,
    `${text.slice(0, 10)}~*!${text.slice(10)}`,
    `${text.slice(0, 10)}é${text.slice(10)}`,
  ].filter((spelling) => Buffer.from(spelling, 'base64url').equals(Buffer.from(text, 'base64url')));
}

interface HandSealing {
  readonly scope: KeyScope;
  readonly keyScope: KeyScope;
  readonly associatedScope: KeyScope;
  readonly associatedKeyId: Buffer;
  readonly associatedVersion: number;
  readonly label: string;
}

/*
 * A second implementation of the format, written from its description: HKDF, XAES-256-GCM and the layout. It uses none
 * of the code under test.
 */

function sealByHand(plaintext: Buffer, sealing: Partial<HandSealing>): string {
  const { scope = SCOPE, keyScope = scope } = sealing;
  const keyId = expand(SECRET, Buffer.from('id'), 4);
  const nonce = randomBytes(24);
  const cipher = createCipheriv(
    'aes-256-gcm',
    messageKey(scopeKey(SECRET, keyScope), nonce),
    nonce.subarray(12),
  );
  cipher.setAAD(associatedData(keyId, { ...sealing, scope }));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(1), keyId, nonce, ciphertext, cipher.getAuthTag()]).toString('base64url');
}

function openByHand(text: string, secret: string, scope: KeyScope): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const [version, keyId, nonce] = [bytes[0], bytes.subarray(1, 5), bytes.subarray(5, 29)];
  expect(version).toBe(1);
  expect(keyId).toEqual(expand(secret, Buffer.from('id'), 4));
  const key = messageKey(scopeKey(secret, scope), nonce);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce.subarray(12), { authTagLength: 16 });
  decipher.setAAD(associatedData(keyId, { scope })).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(29, -16)), decipher.final()]);
}

function associatedData(keyId: Buffer, sealing: Partial<HandSealing> & { scope: KeyScope }): Buffer {
  const { purpose, cookieName } = sealing.associatedScope ?? sealing.scope;
  return Buffer.concat([
    Buffer.from(sealing.label ?? 'nestjs-client-sessions\0'),
    Buffer.of(sealing.associatedVersion ?? 1),
    sealing.associatedKeyId ?? keyId,
    measured(purpose),
    measured(cookieName),
  ]);
}

function scopeKey(secret: string, { purpose, cookieName }: KeyScope): Buffer {
  return expand(secret, Buffer.concat([Buffer.from('key'), measured(purpose), measured(cookieName)]), 32);
}

function expand(secret: string, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'nestjs-client-sessions/1', info, length));
}

function measured(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

function messageKey(key: Buffer, nonce: Buffer): Buffer {
  const block = (input: Buffer): Buffer =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(input);
  const toNumber = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
  const l = toNumber(block(Buffer.alloc(16)));
  const k1 = ((l << 1n) & ((1n << 128n) - 1n)) ^ (l >> 127n ? 0x87n : 0n);
  const half = (counter: number): Buffer => {
    const m = Buffer.concat([Buffer.of(0, counter, 0x58, 0), nonce.subarray(0, 12)]);
    return block(Buffer.from((toNumber(m) ^ k1).toString(16).padStart(32, '0'), 'hex'));
  };
  return Buffer.concat([half(1), half(2)]);
}

describe('the memo of opened cookies', () => {
  const memoize = (holder: { ring: KeyRing }, limit: number, now = () => Date.now()) =>
    createSealer(holder, SCOPE, { now, memo: limit });

  /** Counts the decryptions while texts are opened. */
  function decryptionsOf(open: () => void): number {
    const decrypt = jest.spyOn(Xaes256Gcm.prototype, 'decrypt');
    open();
    const count = decrypt.mock.calls.length;
    decrypt.mockRestore();
    return count;
  }

  test('decrypts a cookie once, a forged one every time, and none is remembered that did not open', () => {
    const sealer = memoize(ring, 10);
    const text = sealer.seal(record('{"a":1}'));
    const forged = `${text.slice(0, -4)}AAAA`;

    expect(
      decryptionsOf(() => [1, 2, 3].forEach(() => expect(sealer.unseal(text)).toMatchObject({ ok: true }))),
    ).toBe(1);
    expect(
      decryptionsOf(() =>
        [1, 2, 3].forEach(() => expect(sealer.unseal(forged)).toMatchObject({ ok: false })),
      ),
    ).toBe(3);
  });

  test('remembers so many and no more, and none where it is off', () => {
    const texts = Array.from({ length: 20 }, () => ring).map(() => memoize(ring, 0).seal(record('{}')));
    const [bounded, off] = [memoize(ring, 10), memoize(ring, 0)];
    for (const sealer of [bounded, off]) texts.forEach((text) => sealer.unseal(text));

    expect(decryptionsOf(() => texts.slice(10).forEach((text) => bounded.unseal(text)))).toBe(0);
    expect(decryptionsOf(() => texts.slice(0, 10).forEach((text) => bounded.unseal(text)))).toBe(10);
    expect(decryptionsOf(() => texts.slice(10).forEach((text) => off.unseal(text)))).toBe(10);
  });

  test('says of a cookie whether it was remembered', () => {
    const sealer = memoize(ring, 10);
    const text = sealer.seal(record('{}'));
    expect(sealer.unseal(text)).toMatchObject({ ok: true, isRemembered: undefined });
    expect(sealer.unseal(text)).toMatchObject({ ok: true, isRemembered: true });
  });

  test('a key that may not open decrypts nothing, not even to find that it is forged', () => {
    const text = memoize(ring, 0).seal(record('{}'));
    const revoked = memoize(
      { ring: new KeyRing([OTHER_SECRET, { secret: SECRET, revoked: true }], 'secret') },
      10,
    );
    const open = () =>
      [text, `${text.slice(0, -4)}AAAA`].forEach((each) =>
        expect(revoked.unseal(each)).toEqual({ ok: false, reason: 'revoked' }),
      );
    expect(decryptionsOf(open)).toBe(0);
  });

  test('without a clock of its own it asks the one of the day, so that a Date which is replaced later acts', () => {
    const expires = Date.now() + 1000;
    const sealer = createSealer(new KeyRing({ secret: SECRET, expires }, 'secret'), SCOPE);
    const text = sealer.seal(record('{}'));
    jest.spyOn(Date, 'now').mockReturnValue(expires);

    expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'unknown-key' });
  });

  test('one opening is judged by one ring, although a ring may be exchanged whenever it is asked for', () => {
    const revoked = new KeyRing([OTHER_SECRET, { secret: SECRET, revoked: true }], 'secret');
    const text = memoize(ring, 0).seal(record('{}'));
    for (const isRemembered of [false, true]) {
      const rings = isRemembered ? [ring, ring, revoked] : [ring, revoked];
      const sealer = memoize(
        {
          get ring() {
            return rings.shift()!;
          },
        } as { ring: KeyRing },
        10,
      );
      if (isRemembered) expect(sealer.unseal(text).ok).toBe(true);
      expect(sealer.unseal(text)).toMatchObject({ ok: true, stale: false });
      expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'revoked' });
    }
  });

  test('keys are asked every time: revoked, expired and unknown ones open nothing that is remembered', () => {
    let time = Date.now();
    const holder = { ring: new KeyRing([OTHER_SECRET, { secret: SECRET, expires: time + 1000 }], 'secret') };
    const sealer = memoize(holder, 10, () => time);
    const text = memoize(ring, 0).seal(record('{}'));

    expect(sealer.unseal(text)).toMatchObject({ ok: true, stale: true });
    time += 1000;
    expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'unknown-key' });
    holder.ring = new KeyRing([OTHER_SECRET, { secret: SECRET, revoked: true }], 'secret');
    expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'revoked' });
    holder.ring = new KeyRing(OTHER_SECRET, 'secret');
    expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'unknown-key' });
  });
});
