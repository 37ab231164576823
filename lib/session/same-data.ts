import { types } from 'node:util';
import { hasSymbols } from './content.js';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Whether content still holds the data that was read from its text, in the same order. Then its text is also the
 * same, and does not have to be made again. "No" only means that the texts must be compared, as for all content that
 * is more than plain data. Never throws.
 *
 * @param content content that the application may have changed in any way
 * @param original the data that was read, which no other code holds
 * @param isTree whether an object that is held twice counts as a difference, because the text may tell it from two
 */
export function isSameData(content: object, original: object, isTree: boolean): boolean {
  try {
    const seen = isTree ? new Set<unknown>() : undefined;
    return !('toJSON' in content) && isSameRecord(content as Properties, original as Properties, seen);
  } catch {
    // A getter or a proxy of the application threw, or its objects form a cycle. Making the text will show that.
    return false;
  }
}

/** Objects that were compared already, where that counts. */
type Seen = Set<unknown> | undefined;

function isSame(value: unknown, original: unknown, seen: Seen): boolean {
  if (typeof value !== 'object' || typeof original !== 'object' || value === null || original === null)
    return Object.is(value, original);
  if (seen) {
    if (seen.has(value) || seen.has(original)) return false;
    seen.add(value).add(original);
  }
  if (types.isDate(original)) return areBare(Date, value, original) && isSameTime(value, original);
  if (types.isUint8Array(original)) return types.isUint8Array(value) && isSameBytes(value, original);
  // The text would hold the result of this method.
  if ('toJSON' in value) return false;
  if (Array.isArray(original)) return Array.isArray(value) && isSameList(value, original, seen);
  if (types.isMap(original))
    return areBare(Map, value, original) && isSameList([...value].flat(), [...original].flat(), seen);
  if (types.isSet(original))
    return areBare(Set, value, original) && isSameList([...value], [...original], seen);
  return (
    isPlain(value) && isPlain(original) && isSameRecord(value as Properties, original as Properties, seen)
  );
}

/** Whether an object is from this realm and of no class. All other objects are compared by text. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether both are objects of a built-in class, of no subclass of it and without own properties. */
function areBare<T extends object>(type: new () => T, value: object, original: object): value is T {
  const isBare = (each: object): boolean =>
    Object.getPrototypeOf(each) === type.prototype && Reflect.ownKeys(each).length === 0;
  return isBare(value) && isBare(original);
}

function isSameTime(value: Date, original: Date): boolean {
  return Object.is(value.getTime(), original.getTime());
}

function isSameRecord(value: Properties, original: Properties, seen: Seen): boolean {
  const keys = Object.keys(value);
  const known = Object.keys(original);
  if (keys.length !== known.length || hasSymbols(value)) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key !== known[i] || !isSame(value[key], original[key], seen)) return false;
  }
  return true;
}

function isSameList(value: readonly unknown[], original: readonly unknown[], seen: Seen): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || value.length !== original.length) return false;
  // A list with as many keys as elements has no hole.
  if (Object.keys(value).length !== value.length || Object.keys(original).length !== value.length)
    return false;
  for (let i = 0; i < value.length; i++) if (!isSame(value[i], original[i], seen)) return false;
  return !hasSymbols(value);
}

/** A Buffer and a Uint8Array are compared by text, even if they hold the same bytes. */
function isSameBytes(value: Uint8Array, original: Uint8Array): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isBuiltIn = prototype === Uint8Array.prototype || prototype === Buffer.prototype;
  return isBuiltIn && prototype === Object.getPrototypeOf(original) && Buffer.compare(value, original) === 0;
}
