const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** A time and its distance from now, as in `2026-01-01T00:00:00.000Z (2 days ago)`. */
export function timeText(at: number, now: number): string {
  const date = new Date(at);
  const iso = Number.isNaN(date.getTime()) ? `${at} ms since 1970` : date.toISOString();
  return `${iso} (${at > now ? `in ${lengthText(at - now)}` : `${lengthText(now - at)} ago`})`;
}

/** A length of time in its largest unit, rounded down. */
export function lengthText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS.at(-1)!;
  const amount = Math.floor(ms / size);
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

/** Labels in one column, what they stand for in the next; a label left empty continues the one above. */
export function table(rows: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, text]) => `${label.padEnd(width)}${text}`.trimEnd() + '\n').join('');
}

/**
 * What a terminal obeys instead of showing it, or shows as nothing or as another character: controls, marks of direction, formats, separators
 * and white space beyond ASCII, variation selectors and fillers, private and unassigned code points, halves of characters.
 */
const DECEPTIVE = /(?![ \n])[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** JSON whose every character a terminal shows and none it obeys. Line ends stand between the values only, spaces as they are. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(DECEPTIVE, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
