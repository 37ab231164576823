import { types } from 'node:util';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Whether content still holds the data that was read from its text, in the same order: then its text is the same, too, and need not be made.
 * "No" only means that the text has to tell, as for anything that is more than plain data. Never throws.
 *
 * @param content whose properties an application may have changed in whatever way
 * @param original what was read, which nobody else has
 */
export function isSameData(content: object, original: object): boolean {
  try {
    return !('toJSON' in content) && isSameRecord(content as Properties, original as Properties);
  } catch {
    // A getter or a proxy of the application's threw, or its objects lead in a circle: whoever makes the text finds out.
    return false;
  }
}

function isSame(value: unknown, original: unknown): boolean {
  if (typeof value !== 'object' || typeof original !== 'object' || value === null || original === null)
    return Object.is(value, original);
  if (types.isDate(original)) return types.isDate(value) && Object.is(value.getTime(), original.getTime());
  if (types.isUint8Array(original)) return types.isUint8Array(value) && isSameBytes(value, original);
  // The text would be what this method returns.
  if ('toJSON' in value) return false;
  if (Array.isArray(original)) return Array.isArray(value) && isSameList(value, original);
  if (types.isMap(original)) return types.isMap(value) && isSameList([...value].flat(), [...original].flat());
  if (types.isSet(original)) return types.isSet(value) && isSameList([...value], [...original]);
  return isPlain(value) && isPlain(original) && isSameRecord(value as Properties, original as Properties);
}

/** Of this realm and of no class: anything else is left to the text. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isSameRecord(value: Properties, original: Properties): boolean {
  const keys = Object.keys(value);
  const known = Object.keys(original);
  if (keys.length !== known.length || hasSymbols(value)) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key !== known[i] || !isSame(value[key], original[key])) return false;
  }
  return true;
}

function isSameList(value: readonly unknown[], original: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || value.length !== original.length) return false;
  // Of two lists with as many keys as elements neither has a hole.
  if (Object.keys(value).length !== value.length || Object.keys(original).length !== value.length)
    return false;
  for (let i = 0; i < value.length; i++) if (!isSame(value[i], original[i])) return false;
  return !hasSymbols(value);
}

/** A Buffer and the bytes that it became are not one: their text tells whether they count as the same. */
function isSameBytes(value: Uint8Array, original: Uint8Array): boolean {
  return (
    Object.getPrototypeOf(value) === Object.getPrototypeOf(original) && Buffer.compare(value, original) === 0
  );
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}
