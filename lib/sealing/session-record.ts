/**
 * The data in one cookie: the content as JSON, and the times and marks that determine the lifetime. All times are
 * ms since epoch.
 */
export interface SessionRecord {
  /** When the session was created by first use, `reset()` or `setDuration()`. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When the session was created by first use or `reset()`. An absolute duration counts from here. */
  readonly startedAt: number;
  /** Whether `setDuration()` set a longer duration than the configured one, which then does not apply. */
  readonly ownDuration: boolean;
  /** Whether the expiry was moved because the session was in use. */
  readonly renewed: boolean;
  /** When the expiry was last moved, rounded up by at most 1/2^24 of the lifetime. Old records may lack this time. */
  readonly renewedAt?: number | undefined;
  /** Whether the browser forgets the cookie when it closes. `undefined`: the configuration decides. */
  readonly ephemeral?: boolean | undefined;
  /** 16 random bytes. */
  readonly id?: Buffer | undefined;
  /** Version of the content's shape, from 1 to 65535. */
  readonly version?: number | undefined;
  /** The content: UTF-8 JSON text. */
  readonly json: string;
}

export const SESSION_ID_BYTES = 16;
/** The longest lifetime the layout holds: 2^40 ms, almost 35 years. */
export const MAXIMUM_LIFETIME: number = 2 ** 40 - 1;

const Flag = {
  startedAt: 1,
  id: 2,
  version: 4,
  ownDuration: 8,
  renewed: 16,
  ephemeral: 32,
  persistent: 64,
  renewedAt: 128,
} as const;

const TIME_BYTES = 6;
const LIFETIME_BYTES = 5;
const VERSION_BYTES = 2;
const RENEWED_BYTES = 3;
/** A renewal is stored as a fraction of the lifetime: few bytes, and precise enough for every lifetime. */
const PARTS_OF_LIFE = 2 ** (8 * RENEWED_BYTES) - 1;
const FIXED_BYTES = 1 + TIME_BYTES + LIFETIME_BYTES;

/**
 * ```
 * flags(1) | createdAt(6) | lifetime(5) | [startedAt(6)] | [renewedAt(3)] | [id(16)] | [version(2)] | JSON
 * ```
 * `lifetime` is the number of ms from creation to expiry. `renewedAt` is the fraction of it that had passed. Integers
 * are big-endian.
 */
export function encodeRecord(record: SessionRecord): Buffer {
  const flags = flagsOf(record);
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + optionalBytes(flags) + Buffer.byteLength(record.json));
  let at = bytes.writeUInt8(flags, 0);
  at = bytes.writeUIntBE(record.createdAt, at, TIME_BYTES);
  at = bytes.writeUIntBE(record.expiresAt - record.createdAt, at, LIFETIME_BYTES);
  if (flags & Flag.startedAt) at = bytes.writeUIntBE(record.startedAt, at, TIME_BYTES);
  if (flags & Flag.renewedAt) at = bytes.writeUIntBE(partOfLife(record), at, RENEWED_BYTES);
  if (record.id) at += record.id.copy(bytes, at);
  if (record.version !== undefined) at = bytes.writeUInt16BE(record.version, at);
  bytes.write(record.json, at);
  return bytes;
}

/** Decodes the bytes of `encodeRecord`. Returns `undefined` if the layout is unknown. */
export function decodeRecord(bytes: Buffer): SessionRecord | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const flags = bytes.readUInt8(0);
  const persistence = flags & (Flag.ephemeral | Flag.persistent);
  const bothAtOnce = persistence === (Flag.ephemeral | Flag.persistent);
  const isRenewalWithout = (flags & (Flag.renewedAt | Flag.renewed)) === Flag.renewedAt;
  if (bothAtOnce || isRenewalWithout || bytes.length < FIXED_BYTES + optionalBytes(flags)) return undefined;

  let at = FIXED_BYTES;
  const createdAt = bytes.readUIntBE(1, TIME_BYTES);
  const expiresAt = createdAt + bytes.readUIntBE(1 + TIME_BYTES, LIFETIME_BYTES);
  let startedAt = createdAt;
  let renewedAt: number | undefined;
  let id: Buffer | undefined;
  let version: number | undefined;
  if (flags & Flag.startedAt) {
    startedAt = bytes.readUIntBE(at, TIME_BYTES);
    at += TIME_BYTES;
  }
  if (flags & Flag.renewedAt) {
    renewedAt = createdAt + timeOfPart(bytes.readUIntBE(at, RENEWED_BYTES), expiresAt - createdAt);
    at += RENEWED_BYTES;
  }
  if (flags & Flag.id) {
    id = bytes.subarray(at, at + SESSION_ID_BYTES);
    at += SESSION_ID_BYTES;
  }
  if (flags & Flag.version) {
    version = bytes.readUInt16BE(at);
    at += VERSION_BYTES;
  }
  return {
    createdAt,
    expiresAt,
    startedAt,
    id,
    version,
    ownDuration: (flags & Flag.ownDuration) !== 0,
    renewed: (flags & Flag.renewed) !== 0,
    renewedAt,
    ephemeral: persistence ? persistence === Flag.ephemeral : undefined,
    json: bytes.toString('utf8', at),
  };
}

function flagsOf(record: SessionRecord): number {
  let flags = 0;
  if (record.startedAt !== record.createdAt) flags |= Flag.startedAt;
  if (record.id) flags |= Flag.id;
  if (record.version !== undefined) flags |= Flag.version;
  if (record.ownDuration) flags |= Flag.ownDuration;
  if (record.renewed) flags |= Flag.renewed;
  if (record.renewedAt !== undefined) flags |= Flag.renewedAt;
  if (record.ephemeral !== undefined) flags |= record.ephemeral ? Flag.ephemeral : Flag.persistent;
  return flags;
}

/** Rounds up, so that no session ends earlier than by its exact time. It is exact for lifetimes up to four hours. */
function partOfLife({ createdAt, expiresAt, renewedAt = createdAt }: SessionRecord): number {
  const lifetime = expiresAt - createdAt || 1;
  const passed = Math.min(Math.max(renewedAt - createdAt, 0), lifetime);
  const part = Math.ceil((passed * PARTS_OF_LIFE) / lifetime);
  // Corrects a rounding error of the floating point division.
  const exact = timeOfPart(part, lifetime) < passed ? part + 1 : part;
  return Math.min(exact, PARTS_OF_LIFE);
}

function timeOfPart(part: number, lifetime: number): number {
  return part >= PARTS_OF_LIFE ? lifetime : Math.floor((part * lifetime) / PARTS_OF_LIFE);
}

function optionalBytes(flags: number): number {
  return (
    (flags & Flag.startedAt ? TIME_BYTES : 0) +
    (flags & Flag.renewedAt ? RENEWED_BYTES : 0) +
    (flags & Flag.id ? SESSION_ID_BYTES : 0) +
    (flags & Flag.version ? VERSION_BYTES : 0)
  );
}
