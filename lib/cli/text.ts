import { SHOWN_UNITS } from '../session/duration.js';

/** Formats a time and its distance from now, as in `2026-01-01T00:00:00.000Z (2 days ago)`. */
export function timeText(at: number, now: number): string {
  const date = new Date(at);
  const iso = Number.isNaN(date.getTime()) ? `${at} ms since 1970` : date.toISOString();
  return `${iso} (${at > now ? `in ${lengthText(at - now)}` : `${lengthText(now - at)} ago`})`;
}

/** Formats a length of time in its largest unit, rounded down. */
export function lengthText(ms: number): string {
  const [unit, size] = SHOWN_UNITS.find(([, size]) => ms >= size) ?? SHOWN_UNITS.at(-1)!;
  const amount = Math.floor(ms / size);
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

/** Formats rows as two columns, labels and texts. An empty label continues the row above. */
export function table(rows: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, text]) => `${label.padEnd(width)}${text}`.trimEnd() + '\n').join('');
}

/**
 * Matches characters that a terminal obeys, does not show, or shows like another character: control and format
 * characters, direction marks, separators and white space outside ASCII, variation selectors, fillers, private and
 * unassigned code points, and half surrogate pairs.
 */
const DECEPTIVE = /(?![ \n])[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Returns JSON in which a terminal shows every character and obeys none. Spaces and its own line breaks stay. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(DECEPTIVE, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
