import { splitText } from '../../lib/http/cookie-chunks.js';

/** The cookie of the session that the servers of these tests have. */
export const COOKIE = 'session';

/** The texts of a visitor's cookies. */
export interface Texts {
  /** A session that is still accepted: `name=text`. */
  readonly genuine: string;
  /** A text with version and key of this server, and nothing that opens. It has as many characters as asked for. */
  readonly forge: (length: number) => string;
}

type Write = (bytes: number, texts: Texts) => readonly string[];

/** Cookies that somebody may send in order to do harm. */
export interface Shape {
  readonly title: string;
  /** Returns the cookies of a header of about this length. */
  readonly write: Write;
  /** Whether the genuine session has to be found. If not, `reason` says where that is written. */
  readonly finds: boolean;
  readonly reason?: string;
}

const FOUR = 'SECURITY.md: at most four cookies of one name are looked at, and one for each earlier cookie';
const NONE = 'it brings none';

/** An ordinary header: the session, and cookies of others. All shapes are held against it. */
export const ORDINARY: Shape = {
  title: 'ordinary cookies',
  finds: true,
  write: (bytes, { genuine }) => [
    genuine,
    ...fill(bytes - genuine.length, (i) => `other${i}=${'y'.repeat(1_000)}`),
  ],
};

export const SHAPES: readonly Shape[] = [
  hidden('one cookie of somebody else', (bytes) => [`x=${'y'.repeat(bytes - 2)}`]),
  hidden('1,800 cookies', (bytes) =>
    fill(bytes, (i) => `${i.toString(36)}=${'y'.repeat(bytes / 1_800 - 4)}`, 1_800),
  ),
  hidden('cookies without a value', (bytes) => fill(bytes, () => '=')),
  hidden('names without a value', (bytes) => fill(bytes, () => COOKIE)),
  hidden('semicolons', (bytes) => [';'.repeat(bytes)]),
  hidden('equals signs', (bytes) => ['='.repeat(bytes)]),
  hidden('spaces', (bytes) => [`${' '.repeat(bytes)}a`]),
  hidden('tabs in a name', (bytes) => [`${COOKIE}${'\t'.repeat(bytes)}x=1`]),
  hidden('quotes that do not end', (bytes) => fill(bytes, (i) => `q${i}="${COOKIE}=${'y'.repeat(20)}`)),
  hidden('a name of the whole length', (bytes) => [`${'s'.repeat(bytes)}=1`]),
  hidden('names that begin like ours', (bytes) => fill(bytes, (i) => `${COOKIE}${i}=1`)),
  hidden('our name in other letters', (bytes) => fill(bytes, (i) => `${i % 2 ? 'SESSION' : 'Session'}=x`)),
  hidden('our name in quotes', (bytes) => fill(bytes, () => `"${COOKIE}"=x`)),
  hidden('our name and latin1 bytes', (bytes) =>
    fill(
      bytes,
      (i) => [`\xa0${COOKIE}=x`, `${COOKIE}\x85=x`, `s\xe9ssion=\xff`, `\xef\xbb\xbf${COOKIE}=x`][i % 4]!,
    ),
  ),
  hidden('names of prototypes', (bytes) =>
    fill(bytes, (i) => `${['__proto__', 'constructor', 'toString', 'hasOwnProperty'][i % 4]}=x`),
  ),
  hidden('chunks by the thousand', (bytes) => fill(bytes, (i) => `${COOKIE}.${i + 1}=x`)),
  hidden('chunks with gaps', (bytes, { forge }) => {
    const parts = splitText(COOKIE, forge(12_000)).map(
      (part, i) => `${COOKIE}${i ? `.${i * 2}` : ''}=${part}`,
    );
    return fill(bytes, (i) => parts[i % parts.length]!, parts.length * 3);
  }),
  hidden('chunks with zeros and signs', (bytes) =>
    fill(bytes, (i) => `${COOKIE}.${['01', '-1', '+1', '1.0', '1e0', '0x1', ' 1', '', 'NaN'][i % 9]}=x`),
  ),
  hidden('three forged sessions', (bytes, { forge }) =>
    fill(bytes, () => `${COOKIE}=${forge(bytes / 3 - 9)}`, 3),
  ),
  hidden('forged companions', (bytes, { forge }) =>
    fill(bytes, (i) => `${COOKIE}.${i % 2 ? 'r' : 'x'}=${forge(bytes / 8 - 12)}`, 8),
  ),
  {
    title: 'forged cookies of every name',
    finds: false,
    reason: FOUR,
    write: (bytes, { genuine, forge }) => [...forgedOf([COOKIE], bytes - genuine.length, forge), genuine],
  },
  {
    title: 'one note of an ended session too many',
    finds: false,
    reason:
      'SECURITY.md: if more notes of ended sessions arrive than are opened, every session counts as ended',
    write: (bytes, { genuine, forge }) => [
      ...fill(bytes - genuine.length, () => `${COOKIE}.x=${forge(bytes / 10)}`, 5),
      genuine,
    ],
  },
  hidden('three forged sessions that share their chunks', (bytes, { forge }) => {
    const parts = splitText(COOKIE, forge(Math.min(20_000, bytes - 100)));
    const [first = '', ...rest] = parts;
    const head = first.slice(0, 30);
    const room = Math.floor((bytes - 3 * head.length) / Math.max(1, rest.length)) - 14;
    const chunks = rest.map((part, i) => `${COOKIE}.${i + 1}=${part.slice(0, room)}`);
    return [...Array.from({ length: 3 }, () => `${COOKIE}=${head}`), ...chunks];
  }),
  hidden('three forged sessions of five chunks each', (bytes, { forge }) => {
    const generation = forge(24).slice(8, 16);
    const room = Math.max(1, Math.floor(bytes / 8) - 24);
    const heads = Array.from({ length: 3 }, () => `${COOKIE}=5~${forge(24).slice(0, 8)}${generation}AAAA`);
    const chunk = (i: number): string => `${COOKIE}.${(i % 4) + 1}=${generation}~${'A'.repeat(room)}`;
    return [...heads, ...Array.from({ length: 8 }, (_, i) => chunk(i))];
  }),
  {
    title: '300 of our name',
    finds: false,
    reason: FOUR,
    write: (bytes, { genuine, forge }) => [
      ...Array.from({ length: 300 }, () => `${COOKIE}=${forge(Math.max(8, bytes / 300 - 10))}`),
      genuine,
    ],
  },
  {
    title: '300 of our name behind it',
    finds: true,
    write: (bytes, { genuine, forge }) => [
      genuine,
      ...Array.from({ length: 300 }, () => `${COOKIE}=${forge(Math.max(8, bytes / 300 - 10))}`),
    ],
  },
  {
    title: 'the same session, over and over',
    finds: true,
    write: (bytes, { genuine }) => fill(bytes, () => genuine),
  },
  {
    title: 'five forged sessions',
    finds: false,
    reason: FOUR,
    write: (bytes, { genuine, forge }) => [
      ...fill(bytes, () => `${COOKIE}=${forge(bytes / 5 - 40)}`, 5),
      genuine,
    ],
  },
  {
    title: 'nothing but spaces and semicolons',
    finds: false,
    reason: NONE,
    write: (bytes) => ['; '.repeat(bytes / 2)],
  },
];

/** The same for a session of another name, which had another one before. */
export const MOVED_SHAPES: readonly Shape[] = [
  {
    title: 'forged cookies of today and earlier',
    finds: false,
    reason: NONE,
    write: (bytes, { forge }) => forgedOf(['moved', 'old'], bytes, forge),
  },
];

/** So many cookies of each name, and of its companions, that all of them are opened in vain. */
function forgedOf(names: readonly string[], bytes: number, forge: Texts['forge']): string[] {
  const all = names.flatMap((name) => [name, `${name}.r`, `${name}.x`]);
  return fill(
    bytes,
    (i) => `${all[i % all.length]}=${forge(Math.min(600, bytes / 30 - 12))}`,
    4 * all.length - 1,
  );
}

/** The genuine session stands behind all the others. */
function hidden(title: string, write: Write): Shape {
  return {
    title,
    finds: true,
    write: (bytes, texts) => [...write(bytes - texts.genuine.length, texts), texts.genuine],
  };
}

/** As many cookies as fit, two characters between them. */
function fill(bytes: number, cookie: (i: number) => string, most = Infinity): string[] {
  const cookies: string[] = [];
  for (let left = bytes, i = 0; i < most; i++) {
    const next = cookie(i);
    left -= next.length + 2;
    if (left < 0) break;
    cookies.push(next);
  }
  return cookies;
}
