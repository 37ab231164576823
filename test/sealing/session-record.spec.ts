import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  MAXIMUM_LIFETIME,
  SESSION_ID_BYTES,
  type SessionRecord,
} from '../../lib/sealing/session-record.js';

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
    ['ephemeral', { ephemeral: true }, `20${CREATED_HEX}${DAY_HEX}`],
    ['persistent', { ephemeral: false }, `40${CREATED_HEX}${DAY_HEX}`],
    [
      'everything',
      { startedAt: CREATED - 1, id, version: 1, ownDuration: true, renewed: true, ephemeral: true },
      `3f${CREATED_HEX}${DAY_HEX}01977420dbff${id.toString('hex')}0001`,
    ],
    ['the longest lifetime', { expiresAt: CREATED + MAXIMUM_LIFETIME }, `00${CREATED_HEX}ffffffffff`],
  ])('%s', (_name, given, head) => {
    const record = { ...plain, ...given };
    const bytes = encodeRecord(record);

    expect(bytes.toString('hex')).toBe(head + JSON_HEX);
    expect(decodeRecord(bytes)).toEqual({
      ephemeral: undefined,
      id: undefined,
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
      fc.property(records, (record) => expect(decodeRecord(encodeRecord(record))).toEqual(record)),
      {
        numRuns: 2_000,
      },
    );
  });
});

describe('another layout', () => {
  const flagged = (flags: number): Buffer => {
    const bytes = Buffer.alloc(100);
    bytes[0] = flags;
    return bytes;
  };

  test('each flag that is known is taken, each that is not is refused', () => {
    for (let flags = 0; flags < 256; flags++) {
      const isKnown = flags < 128 && (flags & 0b0110_0000) !== 0b0110_0000;
      expect(decodeRecord(flagged(flags)) !== undefined).toBe(isKnown);
    }
  });

  test('bytes that end before their flags say so are refused', () => {
    for (const given of [{}, { id }, { version: 1 }, { startedAt: 0 }, { id, version: 1, startedAt: 0 }]) {
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
      { numRuns: 5_000 },
    );
  });
});
