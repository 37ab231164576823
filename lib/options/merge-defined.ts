/** Merges objects. Later ones win, and `undefined` counts as absent. */
export function mergeDefined<T extends object>(layers: readonly T[]): T {
  const entries = layers.flatMap((layer) => Object.entries(layer));
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T;
}
