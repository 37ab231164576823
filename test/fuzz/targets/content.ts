import { isDeepStrictEqual } from 'node:util';
import { SessionNotSerializableError } from '../../../lib/errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../../../lib/errors/session-too-large.error.js';
import { codecOf } from '../../../lib/session/content-codec.js';
import { ContentModel } from '../../../lib/session/content-model.js';
import { RESERVED_NAMES } from '../../../lib/session/reserved-names.js';
import { Reader } from '../reader.js';
import { Finding, type Target } from '../target.js';

const KEYS = [
  'a',
  'user',
  '$date',
  '$map',
  '$object',
  '__proto__',
  'constructor',
  'toJSON',
  'reset',
  '',
  '0',
  'ä',
  '\u{1F36A}',
];

function valueOf(reader: Reader, depth = 0): unknown {
  if (depth > 6 || reader.isAtEnd) return null;
  const below = (): unknown => valueOf(reader, depth + 1);
  const several = <T>(make: () => T): T[] => Array.from({ length: reader.byte() % 4 }, make);
  return reader.pick<() => unknown>([
    () => objectOf(reader, depth + 1),
    () => several(below),
    () => reader.text(),
    () => reader.byte() - 128,
    () => reader.pick([true, false, null, undefined, -0, 0.1, NaN, Infinity, 2 ** 53, 1e308]),
    () => new Date(reader.pick([0, -1, 8.64e15, 1_767_225_600_000, NaN])),
    () => new Map(several(() => [below(), below()] as const)),
    () => new Set(several(below)),
    () => new Uint8Array(several(() => reader.byte())),
    () => BigInt(reader.byte()),
    () =>
      reader.pick<unknown>([
        () => 1,
        Symbol('x'),
        /x/,
        new Error('x'),
        new URL('http://localhost/'),
        Object.create(null),
      ]),
    () => `\ud800${reader.text()}`,
  ])();
}

function objectOf(reader: Reader, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let left = reader.byte() % 5; left > 0; left--) {
    const value = valueOf(reader, depth);
    Object.defineProperty(object, reader.pick(KEYS), {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

/** Properties that are undefined are not stored: they are undefined before and after. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [withoutUndefined(key), withoutUndefined(each)]));
  if (value instanceof Set) return new Set([...value].map(withoutUndefined));
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  const copy: object = {};
  for (const [key, each] of Object.entries(value as object)) {
    if (each === undefined) continue;
    Object.defineProperty(copy, key, {
      value: withoutUndefined(each),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

const words = [
  '$',
  '{"$date":',
  '{"$map":[[',
  '{"$object":{',
  '{"$set":[',
  '{"$bytes":"',
  '"__proto__":',
  '[',
  ']',
  '{',
  '}',
  ',',
  '1e999',
  '\\ud800',
  '"reset":1',
];

/** What is written is what is read, or is refused with words. */
export const contentValues: Target = {
  name: 'content-values',
  seeds: [
    Buffer.from(Array.from({ length: 50 }, (_, i) => i * 11)),
    Buffer.from(Array.from({ length: 90 }, (_, i) => i * 29)),
  ],
  words: ['\0', '\x05', '\x06', '\x07', '\x08', 'ab'],
  try(bytes) {
    const reader = new Reader(bytes);
    const codec = codecOf(reader.pick(['json', 'structured'] as const), 'cart');
    const content = objectOf(reader);
    let text: string;
    try {
      text = codec.stringify(content);
    } catch (error) {
      if (error instanceof SessionNotSerializableError || error instanceof SessionTooLargeError)
        return 'refused';
      throw error;
    }
    const back = codec.parse(text);
    if (!isDeepStrictEqual(back, withoutUndefined(content)))
      throw new Finding(`read back as something else: ${text}`);
    if (codec.stringify(back as object) !== text)
      throw new Finding(`written again as something else: ${text}`);
    return 'carried';
  },
};

const models = (['json', 'structured'] as const).map(
  (codec) => new ContentModel('cart', { codec, version: 2, migrate: { 1: (old) => old } }),
);

/** Whatever text a cookie held, reading it does not throw, and reaches no prototype. */
export const contentText: Target = {
  name: 'content-text',
  seeds: [
    '{}',
    '{"a":1}',
    '{"a":{"$date":"2026-01-01T00:00:00.000Z"}}',
    '{"m":{"$map":[["a",1]]},"s":{"$set":[1]}}',
    '{"__proto__":{"x":1}}',
  ],
  words,
  try(bytes) {
    const [first = 0] = bytes;
    const model = models[first & 1]!;
    const reading = model.read(bytes.toString('utf8'), first & 2 ? 2 : undefined);
    if (({} as { x?: unknown }).x !== undefined) throw new Finding('a prototype was changed');
    if (!reading.ok) return reading.reason;
    if (Object.getPrototypeOf(reading.content) !== Object.prototype)
      throw new Finding('content with another prototype');
    const taken = [...RESERVED_NAMES].find((name) => Object.hasOwn(reading.content, name));
    if (taken !== undefined) throw new Finding(`content has the reserved name ${taken}`);
    const again = model.read(reading.text, 2);
    if (!again.ok || again.text !== reading.text) throw new Finding('its own text is read as something else');
    return 'read';
  },
};
