import { types } from 'node:util';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Whether content still holds the data that was read from its text, in the same order. Then its text is also
 * the same, and does not have to be made again. "No" only means that the texts must be compared, as for all
 * content that is more than plain data. Never throws.
 *
 * @param content content that the application may have changed in any way
 * @param original the data that was read, which no other code holds
 */
export function isSameData(content: object, original: object): boolean {
  try {
    return !('toJSON' in content) && isSameRecord(content as Properties, original as Properties);
  } catch {
    // A getter or a proxy of the application threw, or its objects form a cycle. Making the text will show
    // that.
    return false;
  }
}

function isSame(value: unknown, original: unknown): boolean {
  if (typeof value !== 'object' || typeof original !== 'object' || value === null || original === null)
    return Object.is(value, original);
  if (types.isDate(original)) return types.isDate(value) && Object.is(value.getTime(), original.getTime());
  if (types.isUint8Array(original)) return types.isUint8Array(value) && isSameBytes(value, original);
  // The text would hold the result of this method.
  if ('toJSON' in value) return false;
  if (Array.isArray(original)) return Array.isArray(value) && isSameList(value, original);
  if (types.isMap(original)) return types.isMap(value) && isSameList([...value].flat(), [...original].flat());
  if (types.isSet(original)) return types.isSet(value) && isSameList([...value], [...original]);
  return isPlain(value) && isPlain(original) && isSameRecord(value as Properties, original as Properties);
}

/** Whether an object is from this realm and of no class. All other objects are compared by text. */
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
  // A list with as many keys as elements has no holes.
  if (Object.keys(value).length !== value.length || Object.keys(original).length !== value.length)
    return false;
  for (let i = 0; i < value.length; i++) if (!isSame(value[i], original[i])) return false;
  return !hasSymbols(value);
}

/**
 * A Buffer and the Uint8Array that it may become are different here. Comparing texts decides whether they
 * count as the same.
 */
function isSameBytes(value: Uint8Array, original: Uint8Array): boolean {
  return (
    Object.getPrototypeOf(value) === Object.getPrototypeOf(original) && Buffer.compare(value, original) === 0
  );
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}
