import { requestText } from './visitors.js';

/** The cookies of two visitors: of the one who sends it all, and of the one who is to be harmed. */
export interface Cookies {
  readonly sender: string;
  readonly victim: string;
}

export const SENDER = 7;
export const VICTIM = 8;

/** Bytes of HTTP/1.1 that no ordinary client sends. */
export interface Message {
  readonly title: string;
  readonly write: (cookies: Cookies) => string;
  /** What all servers answer, where that is worth knowing. Elsewhere each answers as it likes, but never 5xx. */
  readonly statuses?: readonly number[];
}

const REFUSED = [400];
/** The parser of Node 20.19 takes these for fields with other names, and later ones refuse them. */
const REFUSED_LATER = Number.parseInt(process.versions.llhttp!) < 9 ? undefined : REFUSED;

export const MESSAGES: readonly Message[] = [
  body('CL.TE', 'Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nG', REFUSED),
  body('TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 4', smuggled, REFUSED),
  body('TE.TE', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: cow', smuggled, REFUSED),
  body('an unknown transfer encoding', 'Transfer-Encoding: xchunked', smuggled, REFUSED),
  body(
    'a transfer encoding that does not end in chunked',
    'Transfer-Encoding: chunked, identity',
    smuggled,
    REFUSED,
  ),
  body('a blank behind Transfer-Encoding', 'Transfer-Encoding : chunked', smuggled, REFUSED),
  body('a tab in front of chunked', 'Transfer-Encoding:\tchunked', smuggled),
  body('a vertical tab in front of chunked', 'Transfer-Encoding: \vchunked', smuggled, REFUSED),
  body('a bare LF in front of Transfer-Encoding', 'X: y\nTransfer-Encoding: chunked', smuggled, REFUSED),
  body('two lengths', 'Content-Length: 0\r\nContent-Length: 44', '', REFUSED),
  body('the same length twice', 'Content-Length: 2\r\nContent-Length: 2', 'ab', REFUSED),
  ...['+2', '-1', '0x2', '2 2', '1e1', '2,2', '', '99999999999999999999'].map((length) =>
    body(`the length ${JSON.stringify(length)}`, `Content-Length: ${length}`, 'ab', REFUSED),
  ),
  body('a chunk of -1', 'Transfer-Encoding: chunked', '-1\r\nab\r\n0\r\n\r\n', REFUSED),
  body(
    'a chunk that is too large for a number',
    'Transfer-Encoding: chunked',
    'fffffffffffffffff\r\n',
    REFUSED,
  ),
  body('a chunk that ends in a bare LF', 'Transfer-Encoding: chunked', '2\nab\n0\n\n', REFUSED),
  body('an extension of 64 KB', 'Transfer-Encoding: chunked', `2;${'x'.repeat(65_536)}\r\nab\r\n0\r\n\r\n`),
  body('a cookie in the trailer', 'Transfer-Encoding: chunked\r\nTrailer: Cookie', ({ victim }) => {
    return `2\r\n{}\r\n0\r\nCookie: ${victim}\r\n\r\n`;
  }),
  body('a second request in the body of a GET', '', ({ victim }) => requestText(`/look/${VICTIM}`, [victim])),
  field('a folded Cookie', ({ sender }) => `Cookie: a=1;\r\n ${sender}`),
  field('a Cookie folded with a tab', ({ sender }) => `Cookie:\r\n\t${sender}`),
  field('a folded field in front', ({ sender }) => `X: y\r\n Cookie: ${sender}`),
  field('a bare LF in a Cookie', ({ sender }) => `Cookie: a=1;\n${sender}`, REFUSED),
  field('a bare LF between fields', ({ sender }) => `X: y\nCookie: ${sender}`, REFUSED),
  field('a bare CR in a Cookie', ({ sender }) => `Cookie: a=1;\r${sender}`, REFUSED),
  field('a bare CR between fields', ({ sender }) => `X: y\rCookie: ${sender}`, REFUSED),
  field('a blank behind the name', ({ sender }) => `Cookie : ${sender}`, REFUSED_LATER),
  field('a blank in the name', ({ sender }) => `Coo kie: ${sender}`, REFUSED_LATER),
  field('no name', ({ sender }) => `: ${sender}`, REFUSED_LATER),
  field('no colon', () => 'Cookie', REFUSED),
  field('a latin1 byte in a name', ({ sender }) => `C\xf6okie: ${sender}`, REFUSED),
  ...['\0', '\x01', '\b', '\v', '\f', '\x1b', '\x7f'].map((byte) =>
    field(
      `the byte ${byte.charCodeAt(0)} in a Cookie`,
      ({ sender }) => `Cookie: a=${byte}; ${sender}`,
      REFUSED,
    ),
  ),
  field('latin1 bytes in a Cookie', ({ sender }) => `Cookie: \xff=\x80; ${sender}; \xe9=\xa0`, [200]),
  field('names of prototypes', ({ sender }) => `__proto__: x\r\nconstructor: x\r\nCookie: ${sender}`, [200]),
  field('2,000 fields', ({ sender }) => `${'X: y\r\n'.repeat(2_000)}Cookie: ${sender}`),
  field('a field of 100 KB', () => `X: ${'y'.repeat(100_000)}`, [431]),
  field('a name of 100 KB', () => `${'x'.repeat(100_000)}: y`, [431]),
  field('another host', ({ sender }) => `X-Forwarded-Host: evil.test\r\nCookie: ${sender}`, [200]),
  field(
    'every sign of a proxy',
    ({ sender }) =>
      `Forwarded: ${'for=a;proto="\\'.repeat(300)}\r\n` +
      `X-Forwarded-Proto: ${','.repeat(2_000)}https\r\nCookie: ${sender}`,
  ),
  field('an expectation', ({ sender }) => `Expect: 100-continue\r\nCookie: ${sender}`),
  field(
    'an unknown expectation',
    ({ sender }) => `Expect: the-spanish-inquisition\r\nCookie: ${sender}`,
    [417],
  ),
  field(
    'an upgrade to WebSocket',
    ({ sender }) =>
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nCookie: ${sender}`,
  ),
  field(
    'an upgrade to HTTP/2',
    ({ sender }) =>
      `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nCookie: ${sender}`,
  ),
  ...['HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PURGE', 'PROPFIND', 'QUERY', 'M-SEARCH'].map(
    (method): Message => ({
      title: method,
      write: ({ sender }) => requestText(`/count/${SENDER}`, [sender], method),
    }),
  ),
  line('a method that nobody knows', 'STEAL /count/7 HTTP/1.1', REFUSED),
  line('a method in small letters', 'get /count/7 HTTP/1.1', REFUSED),
  line('OPTIONS of everything', 'OPTIONS * HTTP/1.1'),
  line('CONNECT to a host', 'CONNECT evil.test:443 HTTP/1.1'),
  line('the preface of HTTP/2', 'PRI * HTTP/2.0'),
  line('an absolute address', 'GET http://evil.test/count/7 HTTP/1.1'),
  line('an address of another scheme', 'GET file:///etc/passwd HTTP/1.1'),
  line('no address', 'GET  HTTP/1.1'),
  line('two slashes', 'GET //count/7 HTTP/1.1'),
  line('an address that leaves', 'GET /../../count/7 HTTP/1.1'),
  line('an address that is not encoded well', 'GET /count/%E0%A4%A HTTP/1.1'),
  line('line ends in the address', 'GET /count/7%0d%0aSet-Cookie:%20x=1 HTTP/1.1'),
  line('a NUL in the address', 'GET /count/7%00 HTTP/1.1'),
  line('latin1 in the address', 'GET /count/7\xe9 HTTP/1.1'),
  line('an address of 100 KB', `GET /count/${'7'.repeat(100_000)} HTTP/1.1`, [431]),
  line('a query of 10,000 parts', `GET /count/7?${'&a[]=1'.repeat(2_000)} HTTP/1.1`),
  line('HTTP/1.0', 'GET /count/7 HTTP/1.0'),
  line('HTTP/0.9', 'GET /count/7'),
  line('HTTP/2.0', 'GET /count/7 HTTP/2.0'),
  line('HTTP/9.9', 'GET /count/7 HTTP/9.9', REFUSED),
  line('a blank in front', ' GET /count/7 HTTP/1.1', REFUSED),
  {
    title: 'no host',
    write: ({ sender }) => `GET /count/7 HTTP/1.1\r\nCookie: ${sender}\r\n\r\n`,
  },
  { title: 'rubbish', write: () => '\0\xff'.repeat(5_000), statuses: REFUSED },
  { title: 'a greeting of TLS', write: () => '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', statuses: REFUSED },
];

/** Pieces of requests after which nothing comes. */
export const HALVES: readonly Message[] = [
  { title: 'nothing', write: () => '' },
  { title: 'a part of the line', write: () => 'GET /count/7 HTT' },
  { title: 'a part of a name', write: () => 'GET /count/7 HTTP/1.1\r\nCoo' },
  {
    title: 'a part of a Cookie',
    write: ({ sender }) => `GET /count/7 HTTP/1.1\r\nHost: a\r\nCookie: ${sender.slice(0, 30)}`,
  },
  {
    title: 'all but the last byte',
    write: ({ sender }) => requestText('/count/7', [sender]).slice(0, -1),
  },
  {
    title: 'a part of a body',
    write: ({ sender }) => `${requestText('/count/7', [sender], 'POST', 'Content-Length: 100\r\n')}ab`,
  },
  {
    title: 'a part of a chunk',
    write: ({ sender }) =>
      `${requestText('/count/7', [sender], 'POST', 'Transfer-Encoding: chunked\r\n')}ff\r\na`,
  },
  {
    title: 'an expectation without its body',
    write: ({ sender }) =>
      requestText('/count/7', [sender], 'POST', 'Expect: 100-continue\r\nContent-Length: 100\r\n'),
  },
];

function smuggled({ victim }: Cookies): string {
  const inner = requestText(`/look/${VICTIM}`, [victim]);
  return `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
}

/** A POST of the sender, with another's request in its body. */
function body(
  title: string,
  fields: string,
  content: string | Message['write'],
  statuses?: readonly number[],
): Message {
  return {
    title,
    ...(statuses && { statuses }),
    write: (cookies) => {
      const text = typeof content === 'string' ? content : content(cookies);
      const type = 'Content-Type: application/json\r\n';
      const method = fields ? 'POST' : 'GET';
      return (
        requestText(`/count/${SENDER}`, [cookies.sender], method, `${type}${fields && `${fields}\r\n`}`) +
        text
      );
    },
  };
}

/** A GET with such a field. */
function field(title: string, write: Message['write'], statuses?: readonly number[]): Message {
  return {
    title,
    ...(statuses && { statuses }),
    write: (cookies) => `GET /count/${SENDER} HTTP/1.1\r\nHost: localhost\r\n${write(cookies)}\r\n\r\n`,
  };
}

/** An ordinary request but for its first line. */
function line(title: string, first: string, statuses?: readonly number[]): Message {
  return {
    title,
    ...(statuses && { statuses }),
    write: ({ sender }) => `${first}\r\nHost: localhost\r\nCookie: ${sender}\r\n\r\n`,
  };
}
