import { types } from 'node:util';

/**
 * Every object that can be reached from a value, itself included: through properties, through what maps and sets hold, through the memory of
 * bytes and the prototypes of classes. Not by recursion, so that no nesting ends the stack.
 */
export function objectsIn(value: unknown): Set<object> {
  const found = new Set<object>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || found.has(next)) continue;
    found.add(next);
    for (const part of partsOf(next)) waiting.push(part);
  }
  return found;
}

/** What an object holds. Nothing, where it does not let itself be looked at: a getter or a proxy of the application's may throw. */
export function partsOf(value: object): readonly unknown[] {
  try {
    // A small Buffer is a part of what all of them share, and nobody else's part.
    if (ArrayBuffer.isView(value)) return value.byteLength === value.buffer.byteLength ? [value.buffer] : [];
    if (types.isMap(value)) return [...value].flat();
    if (types.isSet(value)) return [...value];
    return [...(Object.values(value) as unknown[]), inheritedData(value)];
  } catch {
    // What is behind it cannot be reached.
    return [];
  }
}

/** What an object inherits from, unless that is a class or nothing. */
function inheritedData(value: object): object | undefined {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { prototype?: unknown } } | null;
  return prototype === null || prototype.constructor?.prototype === prototype ? undefined : prototype;
}

/** Whether an object can be changed, apart from what it holds. */
export function isChangeable(value: object): boolean {
  return (
    !Object.isFrozen(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isDate(value) ||
    ArrayBuffer.isView(value)
  );
}
