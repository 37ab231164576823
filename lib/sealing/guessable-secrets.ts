import { COMMON_WALKS, COMMON_WORDS } from './common-words.js';

/** Half of what 32 random bytes reach by the same measure. Random hex or base64url text reaches far more. */
const MINIMUM_BITS = 80;
/** Shorter text cannot reach the minimum by this measure, even if it is random. */
const MEASURABLE = 24;
/** A thousand random characters are enough, and the time of the search for repetitions grows with their square. */
const EXAMINED = 1024;

/** Matches words and years. Longer words come first, because the first alternative that fits is taken. */
const WORD = new RegExp(
  `${[...COMMON_WORDS].sort((a, b) => b.length - a.length).join('|')}|(?:19|20)\\d\\d`,
  'y',
);
const SEPARATORS = ' \t\r\n-_.,:;\'"';
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};
/** All triples of neighbouring characters on a walk, in both directions. */
const STRIDES: ReadonlySet<number> = new Set(
  COMMON_WALKS.flatMap((walk) => [walk, [...walk].reverse().join('')]).flatMap((walk) =>
    Array.from({ length: walk.length - 2 }, (_, at) => threeFrom(walk, at)),
  ),
);

/** Says why a reading of a secret is guessable, or returns `undefined` if it is not. */
export function guessableProblem(reading: string): string | undefined {
  const text = reading.slice(0, EXAMINED);
  if (isPatterned(text)) return 'it repeats itself or counts up, so it can be guessed';
  if (text.length < MEASURABLE) return undefined;
  if (bitsOf(characterFrequencies(text)) < MINIMUM_BITS)
    return 'it uses too few different characters, so it can be guessed';
  if (isText(text) && bitsOf(symbolFrequencies(text)) < MINIMUM_BITS)
    return 'it consists of common words or rows of keys, so it can be guessed';
  return undefined;
}

/**
 * Finds regular text. A step is the difference between two characters. In at least four of five places, one of these
 * has to be true:
 *
 * - The same steps come again after some period. This finds text that repeats (twice is enough) or counts.
 * - The steps to the next character, or to the one after it, are -1, 0 or 1.
 * - The text reads the same backwards.
 */
function isPatterned(text: string): boolean {
  const codes = Buffer.from(text.toLowerCase(), 'latin1');
  const step = (at: number, stride: number): number => codes[at + stride]! - codes[at]!;
  for (let period = 1; period <= (codes.length - 1) * 0.6; period++) {
    if (agree(codes.length - 1 - period, (at) => step(at, 1) === step(at + period, 1))) return true;
  }
  for (const stride of [1, 2]) {
    if (agree(codes.length - stride, (at) => step(at, stride) ** 2 <= 1)) return true;
  }
  return agree(codes.length, (at) => codes[at] === codes[codes.length - 1 - at]);
}

/** Whether a condition is true in at least four of five places. */
function agree(places: number, holds: (place: number) => boolean): boolean {
  let tolerated = places / 5;
  for (let place = 0; place < places; place++) {
    if (!holds(place) && --tolerated < 0) return false;
  }
  return true;
}

/** Hex contains no words, and bytes that are not UTF-8 are not text. */
function isText(text: string): boolean {
  return !/^[\da-f-]+$/i.test(text) && !Buffer.from(text, 'latin1').toString('utf8').includes('\uFFFD');
}

/** Shannon entropy of the frequencies, times the length. It is an upper bound, but low for text that people type. */
function bitsOf(frequencies: Uint32Array): number {
  let length = 0;
  let bits = 0;
  for (const frequency of frequencies) {
    length += frequency;
    if (frequency > 1) bits -= frequency * Math.log2(frequency);
  }
  return bits + length * Math.log2(length || 1);
}

function characterFrequencies(text: string): Uint32Array {
  const frequencies = new Uint32Array(256);
  for (let at = 0; at < text.length; at++) frequencies[text.charCodeAt(at)]!++;
  return frequencies;
}

/** Counts each word, year and walk as one symbol, and each other character as one. Separators are not counted. */
function symbolFrequencies(text: string): Uint32Array {
  const lower = text.toLowerCase();
  const plain = lower.replace(/(?<=[a-z])[013457@$](?=[a-z])/g, (character) => LOOK_ALIKES[character]!);
  const counts = new Map<string, number>();
  for (let at = 0, length = 0; at < text.length; at += length || 1) {
    length = walkAt(lower, at) || wordAt(plain, at);
    const symbol = length > 0 ? plain.slice(at, at + length) : text[at]!;
    if (!SEPARATORS.includes(symbol)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  return Uint32Array.from(counts.values());
}

function walkAt(text: string, from: number): number {
  let to = from;
  while (isStride(text, to)) to++;
  return to === from ? 0 : to - from + 2;
}

function isStride(text: string, at: number): boolean {
  return STRIDES.has(threeFrom(text, at)) || (text[at] === text[at + 1] && text[at] === text[at + 2]);
}

function threeFrom(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}

function wordAt(text: string, from: number): number {
  WORD.lastIndex = from;
  return WORD.test(text) ? WORD.lastIndex - from : 0;
}
