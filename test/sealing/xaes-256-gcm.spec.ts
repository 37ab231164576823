import { createHash, randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Xaes256Gcm, XAES_NONCE_BYTES, XAES_TAG_BYTES } from '../../lib/sealing/xaes-256-gcm.js';
import { sized } from '../support/size.js';

interface Vector {
  readonly name: string;
  readonly K: string;
  readonly N: string;
  readonly plaintext_ascii: string;
  readonly aad_ascii: string;
  readonly ciphertextAndTag: string;
}

const { vectors, accumulated } = JSON.parse(
  readFileSync(new URL('../vectors/xaes-256-gcm.json', import.meta.url), 'utf8'),
) as {
  vectors: readonly Vector[];
  accumulated: {
    iterations10000: string;
    iterations1000000: string;
    rngBytes10000: number;
    rngBytes1000000: number;
  };
};

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('the published vectors', () => {
  test.each(vectors)('$name: encrypts to the published bytes', (vector) => {
    const [ciphertext, tag] = new Xaes256Gcm(hex(vector.K)).encrypt(
      hex(vector.N),
      Buffer.from(vector.plaintext_ascii),
      Buffer.from(vector.aad_ascii),
    );

    expect(Buffer.concat([ciphertext, tag]).toString('hex')).toBe(vector.ciphertextAndTag);
  });

  test.each(vectors)('$name: decrypts the published bytes', (vector) => {
    const sealed = hex(vector.ciphertextAndTag);
    const plaintext = new Xaes256Gcm(hex(vector.K)).decrypt(
      hex(vector.N),
      sealed.subarray(0, -XAES_TAG_BYTES),
      sealed.subarray(-XAES_TAG_BYTES),
      Buffer.from(vector.aad_ascii),
    );

    expect(plaintext?.toString()).toBe(vector.plaintext_ascii);
  });

  test('10,000 random messages accumulate to the published hash, and each opens again', () => {
    const { digest, used, opened } = accumulate(10_000, accumulated.rngBytes10000, { open: true });

    expect(digest).toBe(accumulated.iterations10000);
    expect(used).toBe(accumulated.rngBytes10000);
    expect(opened).toBe(10_000);
  });

  const testWholly = sized(false, true) ? test : test.skip;
  testWholly(
    '1,000,000 random messages accumulate to the published hash',
    () => {
      const { digest, used } = accumulate(1_000_000, accumulated.rngBytes1000000, { open: false });

      expect(digest).toBe(accumulated.iterations1000000);
      expect(used).toBe(accumulated.rngBytes1000000);
    },
    600_000,
  );
});

describe('one cipher for many messages', () => {
  test('messages in any order come out as from a cipher of their own', () => {
    const key = randomBytes(32);
    const shared = new Xaes256Gcm(key);
    const messages = Array.from({ length: 500 }, () => ({
      nonce: randomBytes(XAES_NONCE_BYTES),
      plaintext: randomBytes(randomInt(0, 100)),
      associated: randomBytes(randomInt(0, 40)),
    }));
    const sealed = messages.map((message) => {
      const [ciphertext, tag] = shared.encrypt(message.nonce, message.plaintext, message.associated);
      shared.decrypt(message.nonce, ciphertext, randomBytes(XAES_TAG_BYTES), message.associated);
      return { ...message, ciphertext, tag };
    });

    for (const { nonce, plaintext, associated, ciphertext, tag } of sealed.reverse()) {
      expect(new Xaes256Gcm(key).encrypt(nonce, plaintext, associated)).toEqual([ciphertext, tag]);
      expect(shared.decrypt(nonce, ciphertext, tag, associated)).toEqual(plaintext);
    }
  });

  test('what it is given stays as it was', () => {
    const cipher = new Xaes256Gcm(randomBytes(32));
    const given = [randomBytes(XAES_NONCE_BYTES), randomBytes(50), randomBytes(20)] as const;
    const before = given.map((bytes) => bytes.toString('hex'));

    const [ciphertext, tag] = cipher.encrypt(...given);
    cipher.decrypt(given[0], ciphertext, tag, given[2]);

    expect(given.map((bytes) => bytes.toString('hex'))).toEqual(before);
  });
});

describe('what is not genuine', () => {
  const cipher = new Xaes256Gcm(hex(vectors[1]!.K));
  const nonce = hex(vectors[1]!.N);
  const sealed = hex(vectors[1]!.ciphertextAndTag);
  const ciphertext = sealed.subarray(0, -XAES_TAG_BYTES);
  const tag = sealed.subarray(-XAES_TAG_BYTES);
  const associated = Buffer.from(vectors[1]!.aad_ascii);

  test.each([
    ['nonce', nonce],
    ['ciphertext', ciphertext],
    ['tag', tag],
    ['associated data', associated],
  ])('every flipped bit of the %s: undefined', (_name, part) => {
    const flip = (bytes: Buffer, bit: number): Buffer => {
      if (bytes !== part) return bytes;
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return flipped;
    };

    for (let bit = 0; bit < part.length * 8; bit++) {
      expect(
        cipher.decrypt(flip(nonce, bit), flip(ciphertext, bit), flip(tag, bit), flip(associated, bit)),
      ).toBeUndefined();
    }
    expect(cipher.decrypt(nonce, ciphertext, tag, associated)?.toString()).toBe('XAES-256-GCM');
  });

  test('another key: undefined', () => {
    expect(new Xaes256Gcm(randomBytes(32)).decrypt(nonce, ciphertext, tag, associated)).toBeUndefined();
  });

  test.each([0, 4, 8, 12, 13, 15])('the genuine tag cut to %i bytes does not open', (length) => {
    expect(() => cipher.decrypt(nonce, ciphertext, tag.subarray(0, length), associated)).toThrow(
      /authentication tag length/,
    );
  });
});

describe('a text that does not open', () => {
  const cipher = new Xaes256Gcm(Buffer.alloc(32, 7));
  const open = (): unknown =>
    cipher.decrypt(Buffer.alloc(XAES_NONCE_BYTES), Buffer.alloc(9), Buffer.alloc(16), Buffer.alloc(0));
  const { stackTraceLimit } = Error;

  afterEach(() => {
    Object.defineProperty(Error, 'stackTraceLimit', { writable: true, value: stackTraceLimit });
  });

  test('collects no stack', () => {
    const seen: unknown[] = [];
    Object.defineProperty(Error, 'stackTraceLimit', {
      configurable: true,
      get: () => stackTraceLimit,
      set: (limit: unknown) => {
        seen.push(limit);
      },
    });
    expect(open()).toBeUndefined();
    expect(seen).toEqual([0, stackTraceLimit]);
  });

  test('leaves errors their stacks', () => {
    Error.stackTraceLimit = 17;
    expect(open()).toBeUndefined();
    expect(Error.stackTraceLimit).toBe(17);
  });

  test('does not open where built-in objects are frozen, either', () => {
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false, value: stackTraceLimit });
    expect(open()).toBeUndefined();
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});

/**
 * The randomized test of the specification. One SHAKE-128 stream provides the inputs, another one hashes the outputs.
 */
function accumulate(
  iterations: number,
  streamBytes: number,
  { open }: { open: boolean },
): { digest: string; used: number; opened: number } {
  const stream = createHash('shake128', { outputLength: streamBytes }).digest();
  const hash = createHash('shake128', { outputLength: 32 });
  let used = 0;
  let opened = 0;
  const next = (length: number): Buffer => stream.subarray(used, (used += length));
  for (let i = 0; i < iterations; i++) {
    const cipher = new Xaes256Gcm(next(32));
    const nonce = next(XAES_NONCE_BYTES);
    const plaintext = next(next(1)[0]!);
    const associated = next(next(1)[0]!);
    const [ciphertext, tag] = cipher.encrypt(nonce, plaintext, associated);
    hash.update(ciphertext).update(tag);
    if (open && cipher.decrypt(nonce, ciphertext, tag, associated)?.equals(plaintext)) opened++;
  }
  return { digest: hash.digest('hex'), used, opened };
}
