import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decryptGcm, encryptGcm, GCM_NONCE_BYTES, GCM_TAG_BYTES } from '../../lib/sealing/aes-256-gcm.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { hkdfSha256 } from '../../lib/sealing/hkdf.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { decodeLegacy, encodeLegacy } from '../../lib/sealing/legacy-format.js';
import { resolveLegacyKeys, resolveSignature } from '../../lib/sealing/legacy-keys.js';
import { isMacOf, macOf } from '../../lib/sealing/legacy-mac.js';

/** Project Wycheproof tests that primitives do right what is easily done wrong. Here the vectors pass through lib. */
interface Vector {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid';
}

interface Group<T> {
  readonly keySize: number;
  /** Missing where nothing has a tag. */
  readonly tagSize: number;
  readonly numberOfTests: number;
  readonly valid: number;
  readonly tests: readonly (T & Vector)[];
}

type AeadVector = Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>;
type HkdfVector = Record<'ikm' | 'salt' | 'info' | 'okm', string> & { readonly size: number };
type MacVector = Record<'key' | 'msg' | 'tag', string>;

const NOW = 1_750_000_000_000;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const aead = groupsOf<AeadVector>('wycheproof-aes-gcm');
const hkdf = groupsOf<HkdfVector>('wycheproof-hkdf-sha256');
const macs = groupsOf<MacVector>('wycheproof-hmac-sha256');

function groupsOf<T>(file: string): readonly Group<T>[] {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { groups: readonly Group<T>[] }).groups;
}

/** The ids of those vectors for which something does not hold. */
function failing<T extends Vector>(tests: readonly T[], holds: (vector: T) => boolean): number[] {
  return tests.filter((vector) => !holds(vector)).map(({ tcId }) => tcId);
}

function valid<T extends Vector>(tests: readonly T[]): readonly T[] {
  return tests.filter(({ result }) => result === 'valid');
}

/** The same bytes again and again, each time with another bit flipped. */
function flipped(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  });
}

function refuses(open: () => Buffer | undefined): boolean {
  try {
    return open() === undefined;
  } catch {
    // A tag of a wrong length is refused by an exception.
    return true;
  }
}

test('the files hold what they say', () => {
  const groups: readonly Group<object>[] = [...aead, ...hkdf, ...macs];

  for (const { tests, numberOfTests, valid: ofThem } of groups) {
    expect(new Set(tests.map(({ tcId }) => tcId)).size).toBe(numberOfTests);
    expect(valid(tests)).toHaveLength(ofThem);
  }
  expect(groups.map(({ tests }) => tests.length)).toEqual([57, 1, 35, 81, 81, 3, 3]);
});

describe('AES-256-GCM, which encrypts each message under the key that XAES derives for it', () => {
  const { tests } = aead[0]!;
  const open = ({ key, iv, ct, tag, aad }: AeadVector): Buffer | undefined =>
    decryptGcm(hex(key), hex(iv), hex(ct), hex(tag), hex(aad));

  test('has nonces and tags of the size in the vectors', () => {
    expect([GCM_NONCE_BYTES, GCM_TAG_BYTES].map((bytes) => bytes * 8)).toEqual([96, 128]);
  });

  test('encrypts every valid vector to its bytes', () => {
    expect(
      failing(valid(tests), ({ key, iv, msg, aad, ct, tag }) => {
        const [ciphertext, ownTag] = encryptGcm(hex(key), hex(iv), hex(msg), hex(aad));
        return ciphertext.equals(hex(ct)) && ownTag.equals(hex(tag));
      }),
    ).toEqual([]);
  });

  test('opens the valid vectors and no other', () => {
    expect(
      failing(tests, (vector) =>
        vector.result === 'valid' ? open(vector)!.equals(hex(vector.msg)) : open(vector) === undefined,
      ),
    ).toEqual([]);
  });

  test.each(['key', 'iv', 'ct', 'tag', 'aad'] as const)(
    'refuses every vector with any bit of %s flipped',
    (part) => {
      expect(
        failing(valid(tests), (vector) =>
          flipped(hex(vector[part]).subarray(0, 40)).every((altered) => {
            const rest = vector[part].slice(altered.length * 2);
            return open({ ...vector, [part]: altered.toString('hex') + rest }) === undefined;
          }),
        ),
      ).toEqual([]);
    },
  );

  test('refuses a tag that was cut, although its bytes are right', () => {
    const lengths = Array.from({ length: GCM_TAG_BYTES }, (_, length) => length);

    expect(
      failing(valid(tests), (vector) =>
        lengths.every((length) => refuses(() => open({ ...vector, tag: vector.tag.slice(0, length * 2) }))),
      ),
    ).toEqual([]);
  });

  test('refuses a cookie whose tag was cut', () => {
    const sealer = createSealer(new KeyRing(hex(tests[0]!.key), 'secret'), {
      purpose: '',
      cookieName: 'cart',
    });
    const json = '{"items":["tea"]}';
    const sealed = sealer.seal({
      createdAt: NOW,
      startedAt: NOW,
      expiresAt: NOW + 1000,
      ownDuration: false,
      renewed: false,
      json,
    });
    const bytes = Buffer.from(sealed, 'base64url');

    const opened = Array.from({ length: GCM_TAG_BYTES }, (_, cut) =>
      sealer.unseal(bytes.toString('base64url', 0, bytes.length - cut)),
    ).map(({ ok }) => ok);

    expect(opened).toEqual([true, ...Array<boolean>(GCM_TAG_BYTES - 1).fill(false)]);
  });
});

describe('HKDF-SHA256, which derives all keys of format 1', () => {
  test.each(hkdf)('derives the published bytes from keys of $keySize bits', ({ tests }) => {
    expect(
      failing(valid(tests), ({ ikm, salt, info, size, okm }) =>
        hkdfSha256(hex(ikm), hex(salt), hex(info), size).equals(hex(okm)),
      ),
    ).toEqual([]);
  });

  test('refuses more bytes than HKDF can give', () => {
    const tooLarge = hkdf.flatMap(({ tests }) => tests).filter(({ result }) => result === 'invalid');

    expect(tooLarge.map(({ tcId }) => tcId)).toEqual([74]);
    for (const { ikm, salt, info, size } of tooLarge) {
      expect(() => hkdfSha256(hex(ikm), hex(salt), hex(info), size)).toThrow('Invalid key length');
    }
  });

  test('is what a key ring derives key ids and keys with', () => {
    const label = 'nestjs-client-sessions/1';
    const { tests } = hkdf.find(({ keySize }) => keySize === 256)!;

    expect(
      failing(tests, ({ ikm }) => {
        const ring = new KeyRing(hex(ikm), 'secret');
        const [key] = ring.keysFor({ purpose: 'p', cookieName: 'n' });
        return (
          ring.ids[0] === hkdfSha256(hex(ikm), label, 'id', 4).toString('hex') &&
          key!.derive('key', 32).equals(hkdfSha256(hex(ikm), label, 'key\0\u0001p\0\u0001n', 32))
        );
      }),
    ).toEqual([]);
  });
});

describe('HMAC-SHA256, which signs cookies of client-sessions', () => {
  const signatureFor = (key: string, tagBits: number) =>
    resolveSignature(
      { signatureKey: hex(key), signatureAlgorithm: tagBits === 128 ? 'sha256-drop128' : 'sha256' },
      '',
    );

  test.each(macs)(
    'computes the valid tags, keys of $keySize and tags of $tagSize bits',
    ({ tests, tagSize }) => {
      expect(
        failing(valid(tests), ({ key, msg, tag }) => {
          const message = hex(msg);
          const middle = message.length >> 1;
          const parts = [message.subarray(0, middle), message.subarray(middle)];
          return macOf(signatureFor(key, tagSize), parts).equals(hex(tag));
        }),
      ).toEqual([]);
    },
  );

  test.each(macs)('accepts these tags and no other, keys of $keySize and tags of $tagSize bits', (group) => {
    expect(
      failing(
        group.tests,
        ({ key, msg, tag, result }) =>
          isMacOf(signatureFor(key, group.tagSize), [hex(msg)], hex(tag)) === (result === 'valid'),
      ),
    ).toEqual([]);
  });

  test('refuses a cookie whose MAC was altered or cut, under the keys of all valid vectors', () => {
    const encryptionKey = hex(hkdf[1]!.tests[0]!.ikm);
    const reasonsFor = (key: string, tagSize: number): string[][] => {
      const { signatureAlgorithm, other } =
        tagSize === 128
          ? ({ signatureAlgorithm: 'sha256-drop128', other: 'sha256' } as const)
          : ({ signatureAlgorithm: 'sha256', other: 'sha256-drop128' } as const);
      const options = { encryptionKey, signatureKey: hex(key) };
      const keys = resolveLegacyKeys({ ...options, signatureAlgorithm }, '');
      const text = encodeLegacy(keys, 'cart', { createdAt: NOW, duration: 1000, json: '{}' });
      const at = text.lastIndexOf('.') + 1;
      const mac = Buffer.from(text.slice(at), 'base64url');
      const refusalOf = (bytes: Buffer): string => {
        const opened = decodeLegacy(keys, 'cart', text.slice(0, at) + bytes.toString('base64url'));
        return typeof opened === 'string' ? opened : 'opened';
      };
      const cut = Array.from({ length: mac.length }, (_, length) => refusalOf(mac.subarray(0, length)));
      const asOther = decodeLegacy(
        resolveLegacyKeys({ ...options, signatureAlgorithm: other }, ''),
        'cart',
        text,
      );
      return [
        [refusalOf(mac)],
        [...new Set(flipped(mac).map(refusalOf))],
        [...new Set(cut), typeof asOther === 'string' ? asOther : 'opened'],
      ];
    };

    const vectors = macs.flatMap(({ tests, tagSize }) =>
      valid(tests).map((vector) => ({ ...vector, tagSize })),
    );
    expect(
      failing(
        vectors,
        ({ key, tagSize }) =>
          JSON.stringify(reasonsFor(key, tagSize)) ===
          JSON.stringify([['opened'], ['forged'], ['malformed', 'malformed']]),
      ),
    ).toEqual([]);
  });
});
