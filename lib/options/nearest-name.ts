/** How many letters may differ in a name that is still recognised. */
const MOST_SLIPS = 2;

/** Returns the remedy for an unknown name: the known one that was most likely meant, and all of them. */
export function remedyOfUnknown(given: string, known: readonly string[]): string {
  const all = `se one of: ${known.join(', ')}.`;
  const meant = nearestName(given, known);
  return meant === undefined ? `U${all}` : `Did you mean "${meant}"? If not, u${all}`;
}

/** Returns the name that was most likely meant, if one is close enough. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const slips = known.map((name) => slipsBetween(given.toLowerCase(), name.toLowerCase()));
  const fewest = Math.min(...slips);
  const name = known[slips.indexOf(fewest)];
  // In a short name, two other letters make another word.
  return name !== undefined && fewest <= Math.min(MOST_SLIPS, name.length / 3) ? name : undefined;
}

/**
 * How many letters have to be put in, left out or replaced to get from one text to the other.
 *
 * @see https://en.wikipedia.org/wiki/Levenshtein_distance
 */
function slipsBetween(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = before[j]! + (letter === b[j] ? 0 : 1);
      row.push(Math.min(replaced, before[j + 1]! + 1, row[j]! + 1));
    }
    before = row;
  }
  return before[b.length]!;
}
