import { describe, expect, test } from '@jest/globals';
import { createSealer, describeHeader } from '../../lib/sealing/create-sealer.js';
import type { Format } from '../../lib/sealing/format.js';
import { format1 } from '../../lib/sealing/format-1.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { LegacyFormat } from '../../lib/sealing/legacy-format.js';
import { resolveLegacyKeys } from '../../lib/sealing/legacy-keys.js';
import { decodeRecord, encodeRecord, type SessionRecord } from '../../lib/sealing/session-record.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const NOW = Date.UTC(2026, 0, 1);
const SCOPE = { purpose: 'session', cookieName: 'cart' };
const now = () => NOW;

/**
 * A toy format: version(1) | key id(4) | record XOR key bytes | first 4 key bytes. It shows that a second format is one
 * object, and one line in the list of formats.
 */
const toy: Format = {
  version: 0x7f,
  keyIdOf: (bytes) => (bytes.length < 5 ? undefined : bytes.readUInt32BE(1)),
  withKey: (key) => {
    const mask = key.derive('toy', 255);
    const tag = mask.subarray(0, 4);
    const xor = (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => byte ^ mask[i % mask.length]!));
    return {
      seal: (record) => Buffer.concat([Buffer.of(0x7f), key.id, xor(encodeRecord(record)), tag]),
      open: (bytes) =>
        bytes.subarray(-4).equals(tag) ? decodeRecord(xor(bytes.subarray(5, -4)))! : 'forged',
    };
  },
};

const record = (json: string): SessionRecord => ({
  createdAt: NOW,
  startedAt: NOW,
  expiresAt: NOW + 1_000,
  ownDuration: false,
  renewed: false,
  json,
});

const ring = new KeyRing([SECRET, OTHER_SECRET], 'secret');
const withFormats = (...formats: Format[]) => createSealer(ring, SCOPE, { now, memo: 10, formats });
const versionOf = (text: string) => Buffer.from(text, 'base64url')[0];

describe('a second format', () => {
  const before = withFormats(format1);
  const both = withFormats(toy, format1);
  const back = withFormats(format1, toy);

  test('seals when it stands in front', () => {
    expect(versionOf(both.seal(record('{}')))).toBe(0x7f);
    expect(versionOf(back.seal(record('{}')))).toBe(0x01);
  });

  test('each text is opened by the format of its version, and stale where that does not seal', () => {
    const old = before.seal(record('{"a":1}'));
    const today = both.seal(record('{"a":2}'));
    for (const _again of [1, 2]) {
      expect(both.unseal(old)).toMatchObject({ ok: true, stale: true, record: { json: '{"a":1}' } });
      expect(both.unseal(today)).toMatchObject({ ok: true, stale: false, record: { json: '{"a":2}' } });
      expect(back.unseal(old)).toMatchObject({ ok: true, stale: false });
      expect(back.unseal(today)).toMatchObject({ ok: true, stale: true });
    }
  });

  test('a text whose version byte was changed is never given to another format that would take it', () => {
    const bytes = Buffer.from(before.seal(record('{}')), 'base64url');
    bytes[0] = 0x7f;
    expect(both.unseal(bytes.toString('base64url'))).toEqual({ ok: false, reason: 'forged' });
    const toys = Buffer.from(both.seal(record('{"long":"enough to be of format 1"}')), 'base64url');
    toys[0] = 0x01;
    expect(both.unseal(toys.toString('base64url'))).toEqual({ ok: false, reason: 'forged' });
  });

  test('what it is refused with is what the sealer says', () => {
    expect(both.unseal(Buffer.of(0x7f, 1).toString('base64url'))).toEqual({ ok: false, reason: 'malformed' });
    const foreign = Buffer.of(0x7f, 0, 0, 0, 0, 1).toString('base64url');
    expect(both.unseal(foreign)).toEqual({ ok: false, reason: 'unknown-key' });
    expect(before.unseal(both.seal(record('{}')))).toEqual({ ok: false, reason: 'unknown-version' });
  });

  test('keys count for it as for any other', () => {
    const revoked = new KeyRing([OTHER_SECRET, { secret: SECRET, revoked: true }], 'secret');
    const text = both.seal(record('{}'));
    const sealer = createSealer(revoked, SCOPE, { now, formats: [toy, format1] });
    expect(sealer.unseal(text)).toEqual({ ok: false, reason: 'revoked' });
    const first = createSealer(new KeyRing([OTHER_SECRET, SECRET], 'secret'), SCOPE, { now, formats: [toy] });
    expect(first.unseal(text)).toMatchObject({ ok: true, stale: true });
  });

  test('legacy cookies are told by their dots, whatever formats there are', () => {
    const keys = resolveLegacyKeys({ secret: 'weak' }, 'legacy');
    const sealer = new LegacyFormat(keys, { cookieName: 'cart', duration: 1_000, activeDuration: 0, now });
    const legacy = { sealer, isWriting: false, acceptUntil: Infinity };
    const three = createSealer(ring, SCOPE, { now, legacy, formats: [toy, format1] });
    expect(three.unseal(sealer.seal(record('{"a":1}')))).toMatchObject({ ok: true, stale: true });
    expect(three.unseal(before.seal(record('{}')))).toMatchObject({ ok: true, stale: true });
    expect(three.unseal(three.seal(record('{}')))).toMatchObject({ ok: true, stale: false });
  });
});

describe('the header of a text', () => {
  const text = createSealer(ring, SCOPE, { now }).seal(record('{}'));
  const bytes = Buffer.from(text, 'base64url');

  test('tells the format and the id of the key, with all of its digits', () => {
    expect(describeHeader(text)).toEqual({ format: 1, keyId: ring.ids[0] });
    const withZeros = Buffer.concat([Buffer.of(1, 0, 0, 0, 7), bytes.subarray(5)]);
    expect(describeHeader(withZeros.toString('base64url'))).toEqual({ format: 1, keyId: '00000007' });
  });

  test.each([
    ['nothing', ''],
    ['no base64url', 'a b'],
    ['padding', `${text}=`],
    ['another version', Buffer.concat([Buffer.of(2), bytes.subarray(1)]).toString('base64url')],
    ['too short for a sealed text', bytes.subarray(0, 20).toString('base64url')],
    ['a version alone', 'AQ'],
    ['five parts', 'a.b.1.2.c'],
  ])('is none: %s', (_title, other) => {
    expect(describeHeader(other)).toBeUndefined();
  });
});
