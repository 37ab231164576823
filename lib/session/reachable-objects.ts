import { types } from 'node:util';

/**
 * Returns every object that can be reached from a value, including the value: through properties, through the
 * entries of maps and sets, through the memory of bytes, and through prototypes that do not belong to a
 * class. It does not use recursion, so that deep nesting cannot exhaust the stack.
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

/** Returns the values that an object holds. Returns none if a getter or a proxy of the application throws. */
export function partsOf(value: object): readonly unknown[] {
  try {
    // Small Buffers share one memory, so this memory belongs to none of them.
    if (ArrayBuffer.isView(value)) return value.byteLength === value.buffer.byteLength ? [value.buffer] : [];
    if (types.isMap(value)) return [...value].flat();
    if (types.isSet(value)) return [...value];
    return [...(Object.values(value) as unknown[]), inheritedData(value)];
  } catch {
    // The values behind it cannot be reached.
    return [];
  }
}

/** Returns the prototype of an object, unless it belongs to a class or does not exist. */
function inheritedData(value: object): object | undefined {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { prototype?: unknown } } | null;
  return prototype === null || prototype.constructor?.prototype === prototype ? undefined : prototype;
}

/** Whether an object itself can be changed, apart from the objects that it holds. */
export function isChangeable(value: object): boolean {
  return (
    !Object.isFrozen(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isDate(value) ||
    ArrayBuffer.isView(value)
  );
}
