/**
 * The layouts that a release freezes: how each session is configured, and what its visitor does. A new layout is added
 * here; what earlier releases have frozen stands in their files and stays.
 */
import { randomBytes } from 'node:crypto';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const CONTENT = {
  total: 33.5,
  items: ['tea', 'cup', 'Käse 🧀', ''],
  nested: { deep: [{ a: {} }, null, true, -1e21] },
  'a key; with "signs"': '\u0000\u2028\\',
};
/** It fills two cookies and a part of a third, and its letters have to stay in order. */
const LONG = Array.from({ length: 700 }, (_, i) => `item-${i}`);
const STRUCTURED = {
  at: new Date(Date.UTC(1815, 11, 10, 1, 2, 3, 4)),
  map: new Map([
    ['tea', 2],
    [{ a: 1 }, new Set([1, 'a'])],
  ]),
  big: -(2n ** 70n),
  bytes: Uint8Array.of(0, 127, 255),
  buffer: Buffer.from('ü'),
  odd: [NaN, -Infinity, -0, undefined],
  mistaken: { $date: 0 },
};

const [OLD, NEW, LEGACY] = Array.from({ length: 3 }, () => randomBytes(32).toString('base64url'));
const rotated = { secret: [NEW, OLD] };
const write =
  (content, ...more) =>
  (session) => {
    Object.assign(session, content);
    for (const act of more) act(session);
  };
const use = (session) => void Object.keys(session);
const login = (session) => {
  session.reset();
  session.user = 'ada';
};

/**
 * - `visits`: how many ms after the one before, what the handler does, and options that are new from then on
 * - `opened`: how many ms after the last visit the cookies are opened
 * - `content`: what the reader finds, or `refused`: why it finds nothing
 * - `subject`: the key of the content that the option `subject` returns
 * - `afterwards`: options that only the reader has
 * - `opens`: which cookies the reader gets, of those after each visit. By default those after the last one
 */
export const LAYOUTS = [
  {
    name: 'plain',
    options: { name: 'cart', duration: '1 day' },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'empty',
    options: { name: 'cart', duration: '1 day' },
    visits: [[0, (session) => session.reset()]],
    content: {},
  },
  {
    name: 'under the default name',
    options: { duration: '1 day' },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'versioned',
    options: { name: 'cart', duration: '1 day', version: 3 },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'older than the reader',
    options: { name: 'cart', duration: '1 day', version: 3 },
    afterwards: { version: 4 },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'newer than the reader',
    options: { name: 'cart', duration: '1 day', version: 3 },
    afterwards: { version: 2 },
    visits: [[0, write(CONTENT)]],
    refused: 'newer-version',
  },
  {
    name: 'with an id',
    options: { name: 'cart', duration: '1 day', id: true },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'in chunks',
    options: { name: 'cart', duration: '1 day', onTooLarge: 'chunk', maxChunks: 3 },
    visits: [[0, write({ items: LONG })]],
    content: { items: LONG },
  },
  {
    name: 'with a prefix, for a purpose',
    options: {
      name: 'wagen',
      purpose: 'schöne Läden',
      duration: '120 days',
      cookie: { secure: true, prefix: '__Host-' },
    },
    visits: [[0, write(CONTENT)]],
    opened: 119 * 24 * HOUR,
    content: CONTENT,
  },
  {
    name: 'sealed with the second secret',
    options: { name: 'cart', duration: '1 day' },
    afterwards: rotated,
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
  {
    name: 'renewed when it was changed',
    options: { name: 'cart', duration: HOUR, activeDuration: HOUR / 2 },
    visits: [
      [0, write({ total: 1 })],
      [45 * MINUTE, write({ total: 2 })],
    ],
    opened: 29 * MINUTE,
    content: { total: 2 },
  },
  {
    name: 'renewed when it was read',
    options: { name: 'cart', duration: HOUR, activeDuration: HOUR / 2 },
    visits: [
      [0, write(CONTENT)],
      [45 * MINUTE, use],
    ],
    opened: 29 * MINUTE,
    content: CONTENT,
  },
  {
    name: 'sealed anew, and the secret of its own cookie is gone',
    options: { name: 'cart', duration: '1 day' },
    visits: [
      [0, write(CONTENT)],
      [MINUTE, use, rotated],
    ],
    afterwards: { secret: NEW },
    content: CONTENT,
  },
  {
    name: 'sealed anew, and a late response brought its own cookie of before a change back',
    options: { name: 'cart', duration: '1 day' },
    visits: [
      [0, write({ total: 1 })],
      [MINUTE, write({ total: 2 })],
      [MINUTE, use, rotated],
    ],
    afterwards: rotated,
    opens: ([late, , own]) => ({ ...own, ...late }),
    content: { total: 2 },
  },
  {
    name: 'used shortly before it was idle',
    options: { name: 'cart', duration: '12 hours', idleDuration: HOUR / 2 },
    visits: [
      [0, write(CONTENT)],
      [25 * MINUTE, use],
    ],
    opened: 25 * MINUTE,
    content: CONTENT,
  },
  {
    name: 'idle for too long',
    options: { name: 'cart', duration: '12 hours', idleDuration: HOUR / 2 },
    visits: [[0, write(CONTENT)]],
    opened: 34 * MINUTE,
    refused: 'idle',
  },
  {
    name: 'with a duration of its own',
    options: { name: 'cart', duration: HOUR },
    visits: [
      [0, write(CONTENT)],
      [MINUTE, write({}, (session) => session.setDuration(10 * 24 * HOUR, true))],
    ],
    opened: 9 * 24 * HOUR,
    content: CONTENT,
  },
  {
    name: 'expired',
    options: { name: 'cart', duration: HOUR },
    visits: [[0, write(CONTENT)]],
    opened: HOUR,
    refused: 'expired',
  },
  {
    name: 'structured',
    options: { name: 'cart', duration: '1 day', codec: 'structured' },
    visits: [[0, write(STRUCTURED)]],
    content: STRUCTURED,
  },
  {
    name: 'a login',
    options: { name: 'auth', duration: '12 hours' },
    subject: 'user',
    visits: [[0, login]],
    content: { user: 'ada' },
  },
  {
    name: 'a login that ended on the server',
    options: { name: 'auth', duration: '12 hours' },
    subject: 'user',
    visits: [
      [0, login],
      [MINUTE, (_session, logins) => logins.endAll('ada')],
    ],
    refused: 'ended',
  },
  {
    name: 'a copy of a login that was logged out',
    options: { name: 'auth', duration: '12 hours' },
    subject: 'user',
    visits: [
      [0, login],
      [MINUTE, (session, logins) => logins.end(session)],
    ],
    opens: ([copy]) => copy,
    refused: 'ended',
  },
  {
    name: 'ended, and brought back by a late response',
    options: { name: 'auth', duration: '12 hours', id: true },
    visits: [
      [0, write({ user: 'ada' })],
      [1000, (session) => session.destroy()],
    ],
    opens: ([late, own]) => ({ ...late, ...own }),
    refused: 'ended',
  },
  {
    name: 'in the format of client-sessions',
    options: {
      name: 'session',
      duration: '1 day',
      legacy: { secret: LEGACY, write: true, acceptUntil: '2099-01-01T00:00:00Z' },
    },
    visits: [[0, write(CONTENT)]],
    content: CONTENT,
  },
].map((layout) => ({ ...layout, options: { ...layout.options, secret: OLD } }));
