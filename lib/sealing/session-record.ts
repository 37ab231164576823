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
  /**
   * When the record was written, if that was later than its creation, rounded up by at most 1/2^24 of the lifetime. Old
   * records may lack this time.
   */
  readonly writtenAt?: number | undefined;
  /** Whether the browser forgets the cookie when it closes. `undefined`: the configuration decides. */
  readonly ephemeral?: boolean | undefined;
  /** 16 random bytes. */
  readonly id?: Buffer | undefined;
  /** 8 bytes that all logins of one subject share, see `Login`. */
  readonly generation?: Buffer | undefined;
  /** Version of the content's shape, from 1 to 65535. */
  readonly version?: number | undefined;
  /** The content: UTF-8 JSON text. */
  readonly json: string;
}

export const SESSION_ID_BYTES = 16;
/** The longest lifetime the layout holds: 2^40 ms, almost 35 years. */
export const MAXIMUM_LIFETIME: number = 2 ** 40 - 1;

/** A later write is stored as a fraction of the lifetime: few bytes, and precise enough for every lifetime. */
const WRITTEN_BYTES = 3;
const PARTS_OF_LIFE = 2 ** (8 * WRITTEN_BYTES) - 1;
/** Times of writes that differ by this part of the lifetime stay different. */
export const WRITE_PRECISION: number = 1 / PARTS_OF_LIFE;

const Flag = {
  startedAt: 1,
  id: 2,
  version: 4,
  ownDuration: 8,
  renewed: 16,
  ephemeral: 32,
  persistent: 64,
  writtenAt: 128,
} as const;

/** Both marks at once mean neither: the lifetime is a number of minutes, so that the time of a write costs one byte. */
const IN_MINUTES = Flag.ephemeral | Flag.persistent;

/**
 * Lifetimes in minutes come with a time of writing. Without it, they mean that a second byte of flags follows, which
 * holds these three and some more.
 */
const EXTENDED = IN_MINUTES;
const MOVED = IN_MINUTES | Flag.writtenAt;
/** A flag of the second byte. */
const GENERATION = 1;
const SECOND_BYTE = 8;

const TIME_BYTES = 6;
const LIFETIME_BYTES = 5;
const MINUTES_BYTES = 3;
const VERSION_BYTES = 2;
export const GENERATION_BYTES = 8;
const MINUTE = 60_000;

/**
 * ```
 * flags(1 or 2) | createdAt(6) | lifetime(5 or 3) | [startedAt(6)] | [writtenAt(3)] | [id(16)] | [generation(8)] |
 * [version(2)] | JSON
 * ```
 * `lifetime` is the time from creation to expiry: in ms, or in minutes if the flags say so. `writtenAt` is the fraction
 * of it that had passed. Integers are big-endian.
 */
export function encodeRecord(record: SessionRecord): Buffer {
  const flags = flagsOf(record);
  const lifetime = record.expiresAt - record.createdAt;
  const bytes = Buffer.allocUnsafe(bytesBefore(flags) + Buffer.byteLength(record.json));
  let at = writeFlags(bytes, flags);
  at = bytes.writeUIntBE(record.createdAt, at, TIME_BYTES);
  at = isInMinutes(flags)
    ? bytes.writeUIntBE(lifetime / MINUTE, at, MINUTES_BYTES)
    : bytes.writeUIntBE(lifetime, at, LIFETIME_BYTES);
  if (flags & Flag.startedAt) at = bytes.writeUIntBE(record.startedAt, at, TIME_BYTES);
  if (flags & Flag.writtenAt) at = bytes.writeUIntBE(partOfLife(record), at, WRITTEN_BYTES);
  if (record.id) at += record.id.copy(bytes, at);
  if (record.generation) at += record.generation.copy(bytes, at);
  if (record.version !== undefined) at = bytes.writeUInt16BE(record.version, at);
  bytes.write(record.json, at);
  return bytes;
}

/** Decodes the bytes of `encodeRecord`. Returns `undefined` if the layout is unknown. */
export function decodeRecord(bytes: Buffer): SessionRecord | undefined {
  const flags = readFlags(bytes);
  if (flags === undefined || bytes.length < bytesBefore(flags)) return undefined;

  const inMinutes = isInMinutes(flags);
  let at = isExtended(flags) ? 2 : 1;
  const read = (length: number): number => {
    const value = bytes.readUIntBE(at, length);
    at += length;
    return value;
  };
  const createdAt = read(TIME_BYTES);
  const lifetime = inMinutes ? read(MINUTES_BYTES) * MINUTE : read(LIFETIME_BYTES);
  const startedAt = flags & Flag.startedAt ? read(TIME_BYTES) : createdAt;
  const writtenAt =
    flags & Flag.writtenAt ? createdAt + timeOfPart(read(WRITTEN_BYTES), lifetime) : undefined;
  let id: Buffer | undefined;
  if (flags & Flag.id) {
    id = bytes.subarray(at, at + SESSION_ID_BYTES);
    at += SESSION_ID_BYTES;
  }
  let generation: Buffer | undefined;
  if (isExtended(flags)) {
    generation = bytes.subarray(at, at + GENERATION_BYTES);
    at += GENERATION_BYTES;
  }
  const version = flags & Flag.version ? read(VERSION_BYTES) : undefined;
  const isMarked = !inMinutes && (flags & IN_MINUTES) !== 0;
  return {
    createdAt,
    expiresAt: createdAt + lifetime,
    startedAt,
    id,
    generation,
    version,
    ownDuration: (flags & Flag.ownDuration) !== 0,
    renewed: (flags & Flag.renewed) !== 0,
    writtenAt,
    ephemeral: isMarked ? (flags & Flag.ephemeral) !== 0 : undefined,
    json: bytes.toString('utf8', at),
  };
}

/** @returns how many bytes were written */
function writeFlags(bytes: Buffer, flags: number): number {
  if (!isExtended(flags)) return bytes.writeUInt8(flags, 0);
  const second = (flags & MOVED) | (flags >> SECOND_BYTE);
  return bytes.writeUInt8(second, bytes.writeUInt8((flags & ~MOVED & 0xff) | EXTENDED, 0));
}

/** Returns `undefined` for flags that this release does not know. */
function readFlags(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes.readUInt8(0);
  if ((first & MOVED) !== EXTENDED) return first;
  const second = bytes.readUInt8(1);
  const flags = (first & ~MOVED) | (second & MOVED) | ((second & ~MOVED) << SECOND_BYTE);
  const isKnown = flags >> SECOND_BYTE === GENERATION && (flags & Flag.id) !== 0;
  // Lifetimes in minutes need a time of writing here, too.
  return isKnown && (flags & MOVED) !== IN_MINUTES ? flags : undefined;
}

function isExtended(flags: number): boolean {
  return flags >> SECOND_BYTE !== 0;
}

function flagsOf(record: SessionRecord): number {
  let flags = record.generation ? GENERATION << SECOND_BYTE : 0;
  if (record.startedAt !== record.createdAt) flags |= Flag.startedAt;
  if (record.id) flags |= Flag.id;
  if (record.version !== undefined) flags |= Flag.version;
  if (record.ownDuration) flags |= Flag.ownDuration;
  if (record.renewed) flags |= Flag.renewed;
  if (record.ephemeral !== undefined) flags |= record.ephemeral ? Flag.ephemeral : Flag.persistent;
  if (record.writtenAt === undefined) return flags;
  const minutes = (record.expiresAt - record.createdAt) / MINUTE;
  const isShort =
    record.ephemeral === undefined && Number.isInteger(minutes) && minutes < 2 ** (8 * MINUTES_BYTES);
  return flags | Flag.writtenAt | (isShort ? IN_MINUTES : 0);
}

function isInMinutes(flags: number): boolean {
  return (flags & IN_MINUTES) === IN_MINUTES;
}

/** Rounds up, so that no session ends earlier than by its exact time. It is exact for lifetimes up to four hours. */
function partOfLife({ createdAt, expiresAt, writtenAt = createdAt }: SessionRecord): number {
  const lifetime = expiresAt - createdAt || 1;
  const passed = Math.min(Math.max(writtenAt - createdAt, 0), lifetime);
  const part = Math.ceil((passed * PARTS_OF_LIFE) / lifetime);
  // Both corrections are of rounding errors: the product may have more digits than a number.
  const least = timeOfPart(part - 1, lifetime) >= passed ? part - 1 : part;
  const exact = timeOfPart(least, lifetime) < passed ? least + 1 : least;
  return Math.min(exact, PARTS_OF_LIFE);
}

function timeOfPart(part: number, lifetime: number): number {
  return part >= PARTS_OF_LIFE ? lifetime : Math.floor((part * lifetime) / PARTS_OF_LIFE);
}

/** How many bytes stand before the content. */
function bytesBefore(flags: number): number {
  return (
    (isExtended(flags) ? 2 + GENERATION_BYTES : 1) +
    TIME_BYTES +
    (isInMinutes(flags) ? MINUTES_BYTES : LIFETIME_BYTES) +
    (flags & Flag.startedAt ? TIME_BYTES : 0) +
    (flags & Flag.writtenAt ? WRITTEN_BYTES : 0) +
    (flags & Flag.id ? SESSION_ID_BYTES : 0) +
    (flags & Flag.version ? VERSION_BYTES : 0)
  );
}
