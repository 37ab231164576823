import { parseJson } from './json.js';

/**
 * The tags of values that JSON cannot represent. Such a value becomes an object with one key that begins with
 * `$`. A plain object of this form is wrapped in `$object`, so that it is not mistaken for such a value.
 */
type Tag =
  '$date' | '$map' | '$set' | '$bigint' | '$bytes' | '$buffer' | '$number' | '$undefined' | '$object';

/**
 * The first character of text with tags. JSON of an object never begins with it, so all other text is plain
 * JSON.
 */
const MARK = '~';

const DECODERS: Readonly<Record<Tag, (value: never) => unknown>> = {
  $date: (time: number) => new Date(time),
  $map: (entries: [unknown, unknown][]) => new Map(entries.map(([key, value]) => [untag(key), untag(value)])),
  $set: (members: unknown[]) => new Set(members.map(untag)),
  $bigint: (digits: string) => BigInt(digits),
  $bytes: bytesOf,
  $buffer: (text: string) => Buffer.from(bytesOf(text).buffer),
  $number: (name: string) => Number(name),
  $undefined: () => undefined,
  $object: (value: object) => untagProperties(value),
};

/** Returns bytes with their own memory, because small Buffers share one memory. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

/** Returns checked data as text: plain JSON if that is enough, otherwise marked JSON with tags. */
export function stringifyStructured(content: object): string {
  const tagging = { used: false };
  const json = JSON.stringify(tagProperties(content, tagging));
  return tagging.used ? MARK + json : json;
}

/** @throws SyntaxError, TypeError if the text has another form */
export function parseStructured(text: string): unknown {
  const value = parseTagged(text);
  if (!text.startsWith(MARK)) return value;
  // The content itself is never tagged, even if its only key looks like a tag.
  return looksTagged(value as object) ? untagProperties(value as object) : untag(value);
}

/** Returns the JSON in the text, without decoding its tags. @throws SyntaxError if it is not JSON */
export function parseTagged(text: string): unknown {
  return parseJson(text.startsWith(MARK) ? text.slice(MARK.length) : text);
}

interface Tagging {
  used: boolean;
}

function tag(value: unknown, tagging: Tagging): unknown {
  const tagged = (name: Tag, content: unknown): object => {
    tagging.used = true;
    return { [name]: content };
  };
  if (typeof value === 'bigint') return tagged('$bigint', value.toString());
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : tagged('$number', Object.is(value, -0) ? '-0' : String(value));
  }
  if (value === undefined) return tagged('$undefined', 0);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => tag(element, tagging));
  switch (kindOf(value)) {
    case 'Date':
      return tagged('$date', (value as Date).getTime());
    case 'Map':
      return tagged(
        '$map',
        Array.from(value as Map<unknown, unknown>, (entry) => entry.map((part) => tag(part, tagging))),
      );
    case 'Set':
      return tagged(
        '$set',
        Array.from(value as Set<unknown>, (member) => tag(member, tagging)),
      );
    case 'Uint8Array':
      return tagged(
        Buffer.isBuffer(value) ? '$buffer' : '$bytes',
        Buffer.from(value as Uint8Array).toString('base64url'),
      );
    default: {
      const properties = tagProperties(value, tagging);
      return looksTagged(properties) ? tagged('$object', properties) : properties;
    }
  }
}

function tagProperties(value: object, tagging: Tagging): object {
  const defined = Object.entries(value).filter(([, property]) => property !== undefined);
  return Object.fromEntries(defined.map(([key, property]) => [key, tag(property, tagging)]));
}

function untag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(untag);
  if (!looksTagged(value)) return untagProperties(value);
  const [[name, content]] = Object.entries(value) as [[string, never]];
  if (!Object.hasOwn(DECODERS, name)) throw new TypeError(`Unknown tag ${name}`);
  return DECODERS[name as Tag](content);
}

function untagProperties(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([key, property]) => [key, untag(property)]));
}

function looksTagged(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0]!.startsWith('$');
}

/** The objects that can be stored besides plain data. */
export type BuiltIn = Date | Map<unknown, unknown> | Set<unknown> | Uint8Array;

const BUILT_INS: readonly string[] = ['Date', 'Map', 'Set', 'Uint8Array'];

/** Whether an object is a {@link BuiltIn}. An instance of a derived class is not, except for a Buffer. */
export function isBuiltIn(value: object): value is BuiltIn {
  return (
    (BUILT_INS.includes(kindOf(value)) && value.constructor.name === kindOf(value)) || Buffer.isBuffer(value)
  );
}

/** Returns the built-in class of an object from any realm. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
