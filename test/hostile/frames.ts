import type { Cookies } from './messages.js';

/** Types and flags of frames. @see https://www.rfc-editor.org/rfc/rfc9113#section-6 */
const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
  more: 9,
};
const END_STREAM = 1;
const END_HEADERS = 4;
const ACKNOWLEDGED = 1;
const CANCEL = 8;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** No update of the window, no push: what clients send at first. */
const HELLO = Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0)]);

type Field = readonly [name: string, value: string];

/** Bytes of HTTP/2 that no ordinary client sends. */
export interface Flow {
  readonly title: string;
  readonly write: (cookies: Cookies) => Buffer;
  /** The first digits of the statuses that all servers answer, where that is worth knowing. */
  readonly statuses?: readonly number[];
}

const PATH: Field = [':path', '/count/7'];
const LINE: readonly Field[] = [[':method', 'GET'], [':scheme', 'http'], PATH, [':authority', 'localhost']];

export const FLOWS: readonly Flow[] = [
  { ...fields('an ordinary request', ({ sender }) => [...LINE, ['cookie', sender]]), statuses: [2] },
  fields('a crumb for each byte', ({ sender }) => [
    ...LINE,
    ...[...sender].map((each): Field => ['cookie', each]),
  ]),
  fields('crumbs that end in semicolons', ({ sender }) => [
    ...LINE,
    ['cookie', 'a=1;'],
    ['cookie', `${sender};`],
  ]),
  fields('an empty crumb', ({ sender }) => [...LINE, ['cookie', ''], ['cookie', sender], ['cookie', '']]),
  { ...fields('a name in capitals', ({ sender }) => [...LINE, ['Cookie', sender]]), statuses: [] },
  fields('a blank in a name', ({ sender }) => [...LINE, ['cookie ', sender]]),
  fields('a NUL in a name', ({ sender }) => [...LINE, ['coo\0kie', sender]]),
  fields('an empty name', ({ sender }) => [...LINE, ['', sender]]),
  ...['\0', '\r', '\n', '\r\nset-cookie: x=1', '\x7f', '\xff'].map((bytes) =>
    fields(`${JSON.stringify(bytes)} in a Cookie`, ({ sender }) => [
      ...LINE,
      ['cookie', `a=${bytes}; ${sender}`],
    ]),
  ),
  {
    ...fields('no path', ({ sender }) => [...LINE.filter((field) => field !== PATH), ['cookie', sender]]),
    statuses: [],
  },
  {
    ...fields('an empty path', () => [...LINE.filter((field) => field !== PATH), [':path', '']]),
    statuses: [],
  },
  {
    ...fields('two paths', ({ sender }) => [...LINE, [':path', '/look/8'], ['cookie', sender]]),
    statuses: [],
  },
  { ...fields('a path behind the fields', ({ sender }) => [['cookie', sender], ...LINE]), statuses: [] },
  fields('a field that nobody knows with a colon', ({ sender }) => [...LINE, [':cookie', sender]]),
  { ...fields('a status', () => [...LINE, [':status', '200']]), statuses: [] },
  { ...fields('a blank in a method', () => [[':method', 'GET /look/8'], ...LINE.slice(1)]), statuses: [] },
  fields('a line end in a path', () => [...LINE.filter((field) => field !== PATH), [':path', '/a\r\nX: y']]),
  { ...fields('Connection', () => [...LINE, ['connection', 'close']]), statuses: [] },
  fields('Transfer-Encoding', () => [...LINE, ['transfer-encoding', 'chunked']]),
  fields('an upgrade', () => [...LINE, ['upgrade', 'websocket']]),
  fields('another host than the authority', ({ sender }) => [
    ...LINE,
    ['host', 'evil.test'],
    ['cookie', sender],
  ]),
  fields('CONNECT', ({ sender }) => [
    [':method', 'CONNECT'],
    [':authority', 'a:1'],
    ['cookie', sender],
  ]),
  fields('CONNECT to a WebSocket', ({ sender }) => [
    [':method', 'CONNECT'],
    [':protocol', 'websocket'],
    ...LINE.slice(1),
    ['cookie', sender],
  ]),
  fields('names of prototypes', ({ sender }) => [
    ...LINE,
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['cookie', sender],
  ]),
  fields('a length of another body', ({ sender }) => [...LINE, ['content-length', '44'], ['cookie', sender]]),
  {
    ...flow('pieces of a head', ({ sender }) => inPieces(block([...LINE, ['cookie', sender]]), 6)),
    statuses: [2],
  },
  flow('a head byte by byte', ({ sender }) => inPieces(block([...LINE, ['cookie', sender]]), 10_000)),
  flow('a head that never ends', () => [
    frame(TYPE.headers, 0, 1, block(LINE)),
    ...Array.from({ length: 2_000 }, () => frame(TYPE.more, 0, 1, block([['x', 'y']]))),
  ]),
  flow('empty pieces of a head', () => [
    frame(TYPE.headers, 0, 1, block(LINE)),
    ...Array.from({ length: 2_000 }, () => frame(TYPE.more, 0, 1)),
  ]),
  flow('another stream in the middle of a head', ({ sender, victim }) => [
    frame(TYPE.headers, END_STREAM, 1, block([...LINE, ['cookie', sender]])),
    head(3, [...LINE, ['cookie', victim]]),
  ]),
  flow('a piece of a head alone', () => [frame(TYPE.more, END_HEADERS, 1, block(LINE))]),
  flow('a head that is no HPACK', () => [
    frame(TYPE.headers, END_STREAM | END_HEADERS, 1, Buffer.alloc(500, 0xff)),
  ]),
  flow('an index that nobody has set', () => [
    frame(TYPE.headers, END_STREAM | END_HEADERS, 1, Buffer.from([0xff, 0x80, 0x80, 0x80, 0x01])),
  ]),
  flow('a table that grows', () => [
    frame(TYPE.headers, END_STREAM | END_HEADERS, 1, Buffer.from([0x3f, 0xff, 0xff, 0xff, 0x7f])),
  ]),
  flow('a cookie in the trailer', ({ victim }) => [
    frame(TYPE.headers, END_HEADERS, 1, block([[':method', 'POST'], ...LINE.slice(1)])),
    frame(TYPE.data, 0, 1, Buffer.from('{}')),
    head(1, [['cookie', victim]]),
  ]),
  flow('a second head', ({ sender, victim }) => [
    head(1, [...LINE, ['cookie', sender]]),
    head(1, [...LINE, ['cookie', victim]]),
  ]),
  flow('streams that are reset at once', ({ sender }) =>
    numbers(1_000).flatMap((id) => [
      frame(TYPE.headers, END_STREAM | END_HEADERS, id, block([...LINE, ['cookie', sender]])),
      frame(TYPE.reset, 0, id, Buffer.from([0, 0, 0, CANCEL])),
    ]),
  ),
  flow('streams that do not end', ({ sender }) =>
    numbers(500).map((id) =>
      frame(
        TYPE.headers,
        END_HEADERS,
        id,
        block([[':method', 'POST'], ...LINE.slice(1), ['cookie', sender]]),
      ),
    ),
  ),
  flow('streams without a window', ({ sender }) => [
    frame(TYPE.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])),
    ...numbers(200).map((id) => head(id, [...LINE, ['cookie', sender]])),
  ]),
  flow('a window that is too large', () => [
    head(1, LINE),
    frame(TYPE.window, 0, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    frame(TYPE.window, 0, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  ]),
  flow('an even stream', () => [head(2, LINE)]),
  flow('a stream that depends on itself', () => [
    head(1, LINE),
    frame(TYPE.priority, 0, 1, Buffer.from([0, 0, 0, 1, 16])),
  ]),
  flow('data of no stream', () => [frame(TYPE.data, END_STREAM, 5, Buffer.from('ab'))]),
  flow('data of stream 0', () => [frame(TYPE.data, 0, 0, Buffer.from('ab'))]),
  flow('a frame that is too large', () => [frame(TYPE.data, 0, 1, Buffer.alloc(100_000))]),
  flow('a frame of an unknown type', ({ sender }) => [
    frame(0xfe, 0xff, 1, Buffer.alloc(100)),
    head(1, [...LINE, ['cookie', sender]]),
  ]),
  flow('pings', () => Array.from({ length: 2_000 }, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)))),
  flow('settings', () => Array.from({ length: 2_000 }, () => frame(TYPE.settings, 0, 0))),
  flow('settings that nobody has sent', () => [frame(TYPE.settings, ACKNOWLEDGED, 0)]),
  flow('a request behind the farewell', ({ sender }) => [
    frame(TYPE.goAway, 0, 0, Buffer.alloc(8)),
    head(1, [...LINE, ['cookie', sender]]),
  ]),
  { title: 'a preface that is cut', write: () => PREFACE.subarray(0, 10) },
  { title: 'a preface and nothing else', write: () => PREFACE },
  { title: 'a part of a frame', write: () => Buffer.concat([HELLO, head(1, LINE).subarray(0, 20)]) },
  {
    title: 'HTTP/1.1',
    write: ({ sender }) => Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${sender}\r\n\r\n`),
  },
  { title: 'rubbish', write: () => Buffer.alloc(10_000, 0xa5) },
];

/** The statuses in the frames that a server has sent, by their first digit. */
export function classesIn(bytes: Buffer): number[] {
  const classes: number[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    if (bytes[at + 3] === TYPE.headers) classes.push(classOf(bytes.subarray(at + 9, at + 9 + length)));
    at += 9 + length;
  }
  return classes;
}

/**
 * The first digit of the status that a block of HPACK begins with.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-A
 */
function classOf(block: Buffer): number {
  const start = block.findIndex((byte) => byte >> 5 !== 1);
  const first = block[start]!;
  const indexed = [2, 2, 2, 3, 4, 4, 5][first - 0x88];
  if (indexed !== undefined) return indexed;
  const [length = 0, digit = 0] = block.subarray(start + 1);
  // In Huffman's code, the digits from 3 on have six bits that begin with 011001, and 0 to 2 have five.
  return length < 0x80 ? digit - 0x30 : digit >> 2 >= 0b011001 ? (digit >> 2) - 0b011001 + 3 : digit >> 3;
}

function flow(title: string, write: (cookies: Cookies) => readonly Buffer[]): Flow {
  return { title, write: (cookies) => Buffer.concat([HELLO, ...write(cookies)]) };
}

function fields(title: string, write: (cookies: Cookies) => readonly Field[]): Flow {
  return flow(title, (cookies) => [head(1, write(cookies))]);
}

function head(stream: number, list: readonly Field[]): Buffer {
  return frame(TYPE.headers, END_STREAM | END_HEADERS, stream, block(list));
}

/** One HEADERS frame and as many CONTINUATION frames as are asked for, or as there are bytes. */
function inPieces(whole: Buffer, count: number): Buffer[] {
  const size = Math.max(1, Math.ceil(whole.length / count));
  const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
    whole.subarray(i * size, (i + 1) * size),
  );
  return pieces.map((piece, i) => {
    const isLast = i === pieces.length - 1 ? END_HEADERS : 0;
    return i === 0 ? frame(TYPE.headers, END_STREAM | isLast, 1, piece) : frame(TYPE.more, isLast, 1, piece);
  });
}

/** The first numbers that clients give to streams. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 2 * i + 1);
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const start = Buffer.alloc(9);
  start.writeUIntBE(payload.length, 0, 3);
  start[3] = type;
  start[4] = flags;
  start.writeUInt32BE(stream, 5);
  return Buffer.concat([start, payload]);
}

/** Fields as HPACK writes them without its tables and without Huffman's code. */
function block(list: readonly Field[]): Buffer {
  return Buffer.concat(list.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** @see https://www.rfc-editor.org/rfc/rfc7541#section-5.1 */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  for (let left = value - 127; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
