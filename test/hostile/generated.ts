import fc from 'fast-check';
import { COOKIE } from './cookie-shapes.js';
import { type Cookies, MESSAGES, SENDER } from './messages.js';
import { requestText } from './visitors.js';

/** Bytes of HTTP/1.1, made from the cookies of two visitors. */
export type Make = (cookies: Cookies) => string;

const NAMES = [
  COOKIE,
  `${COOKIE}.1`,
  `${COOKIE}.r`,
  `${COOKIE}.x`,
  'old',
  'Session',
  '__proto__',
  '',
  ' ',
  'x',
];

const byte: fc.Arbitrary<string> = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: byte, maxLength });
/** What may stand in a header: no control bytes but tabs. */
const visible: fc.Arbitrary<string> = bytes(20).map((text) => text.replace(/[\0-\x08\x0a-\x1f\x7f]/g, ''));

const cookie: fc.Arbitrary<Make> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom('=', '==', ' = ', '\t=', ''), visible)
    .map((parts) => () => parts.join('')),
  visible.map((text) => () => text),
  // A piece of the genuine cookie, under its own name.
  fc.nat(200).map(
    (length) =>
      ({ sender }: Cookies) =>
        sender.slice(0, length),
  ),
);

/** An ordinary request with cookies that nobody has thought of. */
export const cookieHeaders: fc.Arbitrary<Make> = fc
  .tuple(fc.array(cookie, { maxLength: 40 }), fc.constantFrom('; ', ';', ';;', ' ;\t', '\r\nCookie: '))
  .map(([cookies, separator]) => (given: Cookies) => {
    return requestText(`/count/${SENDER}`, [cookies.map((make) => make(given)).join(separator)]);
  });

/** A hostile message with a few bytes changed, added or taken away. */
export const messages: fc.Arbitrary<Make> = fc
  .tuple(
    fc.constantFrom(...MESSAGES),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(8), bytes(4)), { maxLength: 4 }),
  )
  .map(
    ([{ write }, changes]) =>
      (given: Cookies) =>
        changes.reduce((text, [place, removed, added]) => {
          const at = Math.floor(place * text.length);
          return text.slice(0, at) + added + text.slice(at + removed);
        }, write(given)),
  );
