import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  MAXIMUM_LIFETIME,
  SESSION_ID_BYTES,
  type SessionRecord,
} from '../../lib/sealing/session-record.js';
import { cases } from '../support/size.js';

const CREATED = 1_750_000_000_000;
const plain: SessionRecord = {
  createdAt: CREATED,
  startedAt: CREATED,
  expiresAt: CREATED + 86_400_000,
  ownDuration: false,
  renewed: false,
  json: '{"a":"ä"}',
};
const id = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

const generation = Buffer.from('1011121314151617', 'hex');

const CREATED_HEX = '01977420dc00';
const DAY_HEX = '0005265c00';
const JSON_HEX = Buffer.from(plain.json).toString('hex');

describe('the layout', () => {
  test.each<[string, Partial<SessionRecord>, string]>([
    ['nothing but content and times', {}, `00${CREATED_HEX}${DAY_HEX}`],
    ['a start of its own', { startedAt: CREATED - 1 }, `01${CREATED_HEX}${DAY_HEX}01977420dbff`],
    ['an id', { id }, `02${CREATED_HEX}${DAY_HEX}${id.toString('hex')}`],
    ['a version', { version: 0x1234 }, `04${CREATED_HEX}${DAY_HEX}1234`],
    ['a duration of its own', { ownDuration: true }, `08${CREATED_HEX}${DAY_HEX}`],
    ['renewed', { renewed: true }, `10${CREATED_HEX}${DAY_HEX}`],
    ['written at its creation', { writtenAt: CREATED }, `e0${CREATED_HEX}0005a0000000`],
    ['written at its end', { writtenAt: CREATED + 86_400_000 }, `e0${CREATED_HEX}0005a0ffffff`],
    ['renewed', { renewed: true, writtenAt: CREATED }, `f0${CREATED_HEX}0005a0000000`],
    [
      'written, with a lifetime of broken minutes',
      { expiresAt: CREATED + 86_400_001, writtenAt: CREATED },
      `80${CREATED_HEX}0005265c01000000`,
    ],
    ['written, ephemeral', { ephemeral: true, writtenAt: CREATED }, `a0${CREATED_HEX}${DAY_HEX}000000`],
    ['ephemeral', { ephemeral: true }, `20${CREATED_HEX}${DAY_HEX}`],
    ['persistent', { ephemeral: false }, `40${CREATED_HEX}${DAY_HEX}`],
    [
      'everything',
      { startedAt: CREATED - 1, id, version: 1, ownDuration: true, renewed: true, ephemeral: true },
      `3f${CREATED_HEX}${DAY_HEX}01977420dbff${id.toString('hex')}0001`,
    ],
    ['the longest lifetime', { expiresAt: CREATED + MAXIMUM_LIFETIME }, `00${CREATED_HEX}ffffffffff`],
    [
      'a generation, in a second byte of flags',
      { id, generation },
      `6201${CREATED_HEX}${DAY_HEX}${id.toString('hex')}${generation.toString('hex')}`,
    ],
    [
      'a generation and the time of a write',
      { id, generation, writtenAt: CREATED },
      `62e1${CREATED_HEX}0005a0000000${id.toString('hex')}${generation.toString('hex')}`,
    ],
    [
      'written, with the longest lifetime that is kept in minutes',
      { expiresAt: CREATED + (2 ** 24 - 1) * 60_000, writtenAt: CREATED },
      `e0${CREATED_HEX}ffffff000000`,
    ],
    [
      'written, with a lifetime of a minute more',
      { expiresAt: CREATED + 2 ** 24 * 60_000, writtenAt: CREATED },
      `80${CREATED_HEX}ea60000000000000`,
    ],
    [
      'written, without any lifetime',
      { expiresAt: CREATED, writtenAt: CREATED },
      `e0${CREATED_HEX}000000000000`,
    ],
  ])('%s', (_name, given, head) => {
    const record = { ...plain, ...given };
    const bytes = encodeRecord(record);

    expect(bytes.toString('hex')).toBe(head + JSON_HEX);
    expect(decodeRecord(bytes)).toEqual({
      ephemeral: undefined,
      id: undefined,
      writtenAt: undefined,
      version: undefined,
      ...record,
    });
  });

  test('12 bytes beside the content, 28 with an id', () => {
    expect(encodeRecord({ ...plain, json: '' })).toHaveLength(12);
    expect(encodeRecord({ ...plain, json: '', id })).toHaveLength(12 + SESSION_ID_BYTES);
  });

  test('any record comes back as it was', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const records = fc
      .record({
        createdAt: time,
        startedAt: time,
        lifetime: fc.integer({ min: 0, max: MAXIMUM_LIFETIME }),
        ownDuration: fc.boolean(),
        renewed: fc.boolean(),
        ephemeral: fc.option(fc.boolean(), { nil: undefined }),
        id: fc.option(
          fc
            .uint8Array({ minLength: SESSION_ID_BYTES, maxLength: SESSION_ID_BYTES })
            .map((bytes) => Buffer.from(bytes)),
          { nil: undefined },
        ),
        version: fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined }),
        json: fc.json(),
      })
      .map(({ lifetime, ...record }) => ({ ...record, expiresAt: record.createdAt + lifetime }));

    fc.assert(
      fc.property(records, (record) =>
        expect(decodeRecord(encodeRecord(record))).toEqual({ ...record, writtenAt: undefined }),
      ),
      {
        numRuns: cases(2_000),
      },
    );
  });
});

describe('the time of a later write', () => {
  const writtenAt = (passed: number, lifetime: number): number => {
    const record = { ...plain, expiresAt: CREATED + lifetime, writtenAt: CREATED + passed };
    return decodeRecord(encodeRecord(record))!.writtenAt! - CREATED;
  };

  test.each([
    [19_275_300_000, 983_040_300_000],
    [17_580_000_000, 19_737_900_000],
    // The product of the last part and this lifetime is rounded down.
    [536_870_947, 536_870_947],
  ])('%d ms of %d can be told, and are not moved', (passed, lifetime) => {
    expect(writtenAt(passed, lifetime)).toBe(passed);
  });

  test.each([
    [818_944_259, 4_694_608_905],
    [546_628_716_992, 862_075_992_248],
  ])('%d ms of %d, where division rounds down, are told up to a tick late', (passed, lifetime) => {
    const late = writtenAt(passed, lifetime) - passed;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(lifetime / 2 ** 24 + 1);
  });

  test('a time that was read is written as it is, for any lifetime', () => {
    const parts = 2 ** 24 - 1;
    const lives = fc.tuple(fc.integer({ min: 1, max: MAXIMUM_LIFETIME }), fc.nat(parts - 1));
    fc.assert(
      fc.property(lives, ([lifetime, part]) => {
        const read = Math.floor((part * lifetime) / parts);
        expect(writtenAt(read, lifetime)).toBe(read);
      }),
      { numRuns: cases(20_000) },
    );
  });

  test('takes three bytes, and two fewer for the lifetime if that is a number of minutes', () => {
    expect(encodeRecord({ ...plain, json: '', writtenAt: CREATED })).toHaveLength(13);
    const broken = { ...plain, json: '', expiresAt: CREATED + 1_500 };
    expect(encodeRecord({ ...broken, writtenAt: CREATED })).toHaveLength(15);
  });

  test('is exact in a life of four hours, and otherwise up to a 2^24th of it late, never early', () => {
    const lives = fc
      .integer({ min: 1, max: MAXIMUM_LIFETIME })
      .chain((lifetime) => fc.tuple(fc.integer({ min: 0, max: lifetime }), fc.constant(lifetime)));
    fc.assert(
      fc.property(lives, ([passed, lifetime]) => {
        const late = writtenAt(passed, lifetime) - passed;
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(lifetime <= 4 * 3_600_000 ? 0 : Math.ceil(lifetime / 2 ** 24));
      }),
      { numRuns: cases(5_000) },
    );
  });

  test('stays where it is when it is sealed again and again', () => {
    let passed = 12_345_678_901;
    const first = (passed = writtenAt(passed, 10 ** 12));
    for (let i = 0; i < 50; i++) passed = writtenAt(passed, 10 ** 12);
    expect(passed).toBe(first);
  });
});

test('any record that was written later comes back as it was', () => {
  const lives = fc.oneof(
    fc.integer({ min: 0, max: MAXIMUM_LIFETIME }),
    fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((minutes) => minutes * 60_000),
  );
  const ephemeral = fc.option(fc.boolean(), { nil: undefined });
  fc.assert(
    fc.property(lives, ephemeral, fc.boolean(), (lifetime, ephemeral, renewed) => {
      const expiresAt = CREATED + lifetime;
      const record = { ...plain, expiresAt, ephemeral, renewed, version: 7, writtenAt: expiresAt };
      expect(decodeRecord(encodeRecord(record))).toEqual({ id: undefined, ...record });
    }),
    { numRuns: cases(2_000) },
  );
});

describe('another layout', () => {
  const flagged = (flags: number): Buffer => {
    const bytes = Buffer.alloc(100);
    bytes[0] = flags;
    return bytes;
  };

  test('each flag that is known is taken, each that is not is refused', () => {
    for (let flags = 0; flags < 256; flags++) {
      const isWritten = (flags & 0b1000_0000) !== 0;
      const isKnown = isWritten || (flags & 0b0110_0000) !== 0b0110_0000;
      expect(decodeRecord(flagged(flags)) !== undefined).toBe(isKnown);
    }
  });

  test('a second byte of flags needs a generation, an id, and a time of writing for minutes', () => {
    const isTaken = (first: number, second: number): boolean => {
      const bytes = Buffer.alloc(100);
      bytes.writeUInt16BE((first << 8) | second);
      return decodeRecord(bytes) !== undefined;
    };
    const taken: number[] = [];
    for (let second = 0; second < 256; second++) {
      if (isTaken(0b0110_0010, second)) taken.push(second);
      // Without an id, and without the mark of a second byte.
      expect(isTaken(0b0110_0000, second)).toBe(false);
    }
    expect(taken).toEqual([
      0b1, 0b0010_0001, 0b0100_0001, 0b1000_0001, 0b1010_0001, 0b1100_0001, 0b1110_0001,
    ]);
  });

  test.each([
    [1, 3],
    [7_001, 14_400_000],
    [12_345_678, 86_400_001],
    [86_399_999, 86_400_000],
    [999_999_999_999, MAXIMUM_LIFETIME],
  ])('the time of a write %d ms into a life of %d is never read as earlier', (passed, lifetime) => {
    const record = { ...plain, expiresAt: CREATED + lifetime, writtenAt: CREATED + passed };
    const late = decodeRecord(encodeRecord(record))!.writtenAt! - record.writtenAt;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(lifetime <= 14_400_000 ? 0 : Math.ceil(lifetime / 2 ** 24));
  });

  test('bytes that end before their flags say so are refused', () => {
    const written = { writtenAt: CREATED };
    for (const given of [
      {},
      { id },
      { version: 1 },
      { startedAt: 0 },
      written,
      { id, version: 1, startedAt: 0, ...written },
    ]) {
      const bytes = encodeRecord({ ...plain, ...given, json: '' });
      expect(decodeRecord(bytes)).toBeDefined();
      for (let length = 0; length < bytes.length; length++) {
        expect(decodeRecord(bytes.subarray(0, length))).toBeUndefined();
      }
    }
  });

  test('no bytes make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(() => decodeRecord(Buffer.from(bytes))).not.toThrow();
      }),
      { numRuns: cases(5_000) },
    );
  });
});
