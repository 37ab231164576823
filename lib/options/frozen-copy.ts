/**
 * Returns a frozen copy of plain objects, lists and the dates in them. The copy keeps everything that is odd
 * about them, so that later checks still refuse what cannot be used. All other values are not copied.
 */
export function frozenCopy<T>(value: T): T {
  return copyOf(value, new Map()) as T;
}

function copyOf(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (value instanceof Date) return new Date(value);
  if (!isPlain(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const copy: object = Array.isArray(value) ? [] : (Object.create(prototypeOf(value)) as object);
  copies.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if ('value' in property) property.value = copyOf(property.value, copies);
    Object.defineProperty(copy, key, property);
  }
  return Object.freeze(copy);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = prototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
