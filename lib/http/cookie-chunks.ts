import { chunkName } from '../options/chunk-options.js';
import { COOKIE_BYTES } from '../session/size-limit.js';

/**
 * A session that is too large for one cookie is written to several: `cart`, `cart.1`, `cart.2`.
 *
 * ```
 * cart    3~TEXT              the number of cookies, and the beginning of the text
 * cart.1  GENERATION~TEXT     eight characters of that beginning, and the next part
 * cart.2  GENERATION~TEXT
 * ```
 * The parts are found by the generation, which is taken from the nonce, so that parts of another write do not get in.
 * Number and order need no seal of their own: with another number, order or part, the whole text does not open.
 */
const END_OF_HEAD = '~';
const FIRST_HEAD = /^([2-5])~/;
const LATER_HEAD = /^[\w-]{8}~/;
/** Format 1 begins with its version and the id of the key, which are the same in many texts. */
const GENERATION_START = 8;
const GENERATION_LENGTH = 8;

/** How many characters fit into this number of cookies. */
export function capacityOf(cookieName: string, count: number): number {
  if (count === 1) return COOKIE_BYTES - cookieName.length;
  return Array.from({ length: count }, (_, i) => roomIn(cookieName, i)).reduce((a, b) => a + b);
}

/** Whether a value is a later part. Other code may have a cookie of that name. */
export function isChunk(value: string): boolean {
  return LATER_HEAD.test(value);
}

/** Splits a text into values of cookies, as few as possible. */
export function splitText(cookieName: string, text: string): readonly string[] {
  if (text.length <= capacityOf(cookieName, 1)) return [text];
  const generation = generationOf(text);
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + roomIn(cookieName, parts.length);
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts.map((part, i) => (i === 0 ? parts.length : generation) + END_OF_HEAD + part);
}

/**
 * Joins the text that begins with the value of a session's own cookie.
 *
 * @param valuesOf returns the values of a chunk's cookie that arrived
 * @returns the value itself if it is the whole text; an empty text, which does not open, if a part is missing
 */
export function joinText(
  cookieName: string,
  value: string,
  valuesOf: (cookieName: string) => readonly string[] | undefined,
): string {
  const count = Number(FIRST_HEAD.exec(value)?.[1] ?? 1);
  if (count === 1) return value;
  let text = value.slice(2);
  const head = generationOf(text) + END_OF_HEAD;
  for (let i = 1; i < count; i++) {
    const part = valuesOf(chunkName(cookieName, i))?.find((each) => each.startsWith(head));
    if (part === undefined) return '';
    text += part.slice(head.length);
  }
  return text;
}

function generationOf(text: string): string {
  return text.slice(GENERATION_START, GENERATION_START + GENERATION_LENGTH);
}

function roomIn(cookieName: string, i: number): number {
  const head = (i === 0 ? 1 : GENERATION_LENGTH) + END_OF_HEAD.length;
  return COOKIE_BYTES - chunkName(cookieName, i).length - head;
}
