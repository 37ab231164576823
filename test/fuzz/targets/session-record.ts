import { isDeepStrictEqual } from 'node:util';
import { decodeRecord, encodeRecord } from '../../../lib/sealing/session-record.js';
import { Finding, type Target } from '../target.js';

const NOW = 1_767_225_600_000;
const base = {
  createdAt: NOW,
  startedAt: NOW,
  expiresAt: NOW + 86_400_000,
  ownDuration: false,
  renewed: false,
  json: '{"a":1}',
};

/** What is inside the encryption. Only who has the secret can write it, but other releases do. */
export const sessionRecord: Target = {
  name: 'session-record',
  seeds: [
    encodeRecord(base),
    encodeRecord({ ...base, version: 7, id: Buffer.alloc(16, 5), generation: Buffer.alloc(8, 6) }),
    encodeRecord({
      ...base,
      renewed: true,
      ownDuration: true,
      ephemeral: true,
      writtenAt: NOW + 5_000,
      startedAt: NOW - 5,
    }),
    encodeRecord({ ...base, expiresAt: NOW + 86_400_123, ephemeral: false }),
  ],
  words: ['\0', '\xff', '\x60', '\x80', '{}'],
  try(bytes) {
    const record = decodeRecord(bytes);
    if (!record) return 'refused';
    if (!(record.createdAt >= 0) || !Number.isFinite(record.expiresAt))
      throw new Finding('times that are no times');
    const again = decodeRecord(encodeRecord(record));
    if (!isDeepStrictEqual({ ...again }, { ...record }))
      throw new Finding(`another record when written again: ${JSON.stringify([record, again])}`);
    return 'decoded';
  },
};
