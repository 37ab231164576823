import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

type Pair = [name: string, value: OutgoingHttpHeader | undefined];
type GivenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[] | Pair[];
type WriteHeadArguments = [status: number, message?: unknown, headers?: unknown];

/** Adds headers to the head of a response. */
export interface HeadAuthor {
  /**
   * Changes headers just before they are sent. It must not throw, and it must do nothing the second time.
   *
   * @returns the status to send instead
   */
  prepareHead(status: number): number | undefined;
}

type AuthorOf = (response: ServerResponse) => HeadAuthor | undefined;

/** What may stand in no message beside a status. */
const NO_MESSAGE = /[^\t\x20-\x7e\x80-\xff]/;

/** The key, in a `writeHead` that many responses inherit, of the function that finds their authors. */
const AUTHOR_OF = Symbol.for('nestjs-client-sessions/1.author-of');

interface WriteHead {
  (this: ServerResponse, ...args: WriteHeadArguments): ServerResponse;
  readonly [AUTHOR_OF]?: AuthorOf;
}

/**
 * Lets the author prepare the head of a response just before it is sent. Every response of Node's HTTP server
 * passes `writeHead`, explicitly or implicitly, also on HTTP/2.
 *
 * The headers that the caller passes to `writeHead` are set on the response first, so that the author sees
 * all headers with `getHeader`. As in Node, they replace headers of the same name. Only Set-Cookie headers
 * are added to the others.
 */
export function prepareHead(response: ServerResponse, author: HeadAuthor): void {
  const writeHead = response.writeHead as WriteHead | undefined;
  if (!writeHead || !Object.isExtensible(response) || writeHead[AUTHOR_OF]?.(response) === author) return;
  response.writeHead = prepared(writeHead, () => author);
}

/**
 * Does the same for all responses that inherit from a prototype. Express gives each response a new prototype, and V8
 * then makes a hidden class for each further property, which costs more than to open a session.
 *
 * @param authorOf finds the author of a response when its head is about to be sent
 */
export function prepareHeadsOfAll(responses: ServerResponse, authorOf: AuthorOf): void {
  const writeHead = responses.writeHead as WriteHead;
  if (writeHead[AUTHOR_OF]) return;
  const value = Object.assign(prepared(writeHead, authorOf), { [AUTHOR_OF]: authorOf });
  Object.defineProperty(responses, 'writeHead', { configurable: true, writable: true, value });
}

function prepared(writeHead: WriteHead, authorOf: AuthorOf): WriteHead {
  return function (this: ServerResponse, ...args: WriteHeadArguments): ServerResponse {
    const author = this.headersSent ? undefined : authorOf(this);
    if (!author) return writeHead.apply(this, args);
    const [status, second, third] = args;
    const hasMessage = typeof second === 'string';
    const headers = (hasMessage ? third : (third ?? second)) as GivenHeaders | undefined;
    // Node refuses them with its own errors, and the head of an error response follows.
    if (isRefused(this, status, hasMessage ? second : this.statusMessage) || lacksValue(headers))
      return writeHead.apply(this, args);
    if (headers) foldHeaders(this, headers);
    const override = author.prepareHead(status);
    if (override !== undefined) return writeHead.call(this, override);
    return hasMessage ? writeHead.call(this, status, second) : writeHead.call(this, status);
  };
}

/** Adds Set-Cookie headers to those that are already set. Equal headers are sent once. */
export function appendSetCookie(response: ServerResponse, added: OutgoingHttpHeader): void {
  const present = response.getHeader('set-cookie');
  const own = Array.isArray(added) ? added.map(String) : [String(added)];
  const all = present === undefined ? own : [...new Set([present, own].flat().map(String))];
  response.setHeader('Set-Cookie', all);
}

function foldHeaders(response: ServerResponse, headers: GivenHeaders): void {
  const names = new Set<string>();
  // If headers were set before, Node sends the last one of a name in an object. Otherwise it sends all.
  const sendsAll = Array.isArray(headers) || response.getHeaderNames().length === 0;
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    // Node leaves out what has no name.
    if (key === '') continue;
    // Node refuses it, with its own error. As text it would be sent.
    if (value === undefined) response.setHeader(name, value!);
    else if (key === 'set-cookie') appendSetCookie(response, value);
    else if (sendsAll && names.has(key))
      response.appendHeader(name, Array.isArray(value) ? value : String(value));
    // Node keeps a list, and adds to it.
    else response.setHeader(name, Array.isArray(value) ? [...value] : value);
    names.add(key);
  }
}

/** Reads all forms that `writeHead` takes: an object, a flat array of names and values, or an array of pairs. */
function pairsOf(headers: GivenHeaders): readonly Pair[] {
  if (!Array.isArray(headers)) return Object.entries(headers);
  if (Array.isArray(headers[0])) return headers as Pair[];
  const flat = headers as OutgoingHttpHeader[];
  return Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1]]);
}

/** Whether Node refuses a head for its status or its message. HTTP/2 has fewer statuses, and no message. */
function isRefused(response: ServerResponse, status: number, message: string | undefined): boolean {
  const isHttp2 = 'stream' in response;
  const [lowest, highest] = isHttp2 ? ([200, 599] as const) : ([100, 999] as const);
  // As Node makes a number of it.
  const code = status | 0;
  return code < lowest || code > highest || (!isHttp2 && NO_MESSAGE.test(message ?? ''));
}

/** Whether a flat array has a name without a value. */
function lacksValue(headers: GivenHeaders | undefined): boolean {
  return Array.isArray(headers) && !Array.isArray(headers[0]) && headers.length % 2 === 1;
}
