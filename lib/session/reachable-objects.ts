/**
 * Every object that can be reached from a value, itself included: through properties, and through what maps and sets hold. Not by recursion,
 * so that no nesting ends the stack.
 */
export function objectsIn(value: unknown): Set<object> {
  const found = new Set<object>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || found.has(next)) continue;
    found.add(next);
    for (const part of partsOf(next)) if (typeof part === 'object') waiting.push(part);
  }
  return found;
}

function partsOf(value: object): Iterable<unknown> {
  // Bytes are no objects.
  if (ArrayBuffer.isView(value)) return [];
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].flat();
  if (value instanceof Set) return value as Set<unknown>;
  try {
    return Object.values(value) as unknown[];
  } catch {
    // A getter of the application's threw: what is behind it cannot be reached.
    return [];
  }
}
