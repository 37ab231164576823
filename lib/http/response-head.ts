import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

type Pair = [name: string, value: OutgoingHttpHeader];
type GivenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[] | Pair[];
type WriteHeadArguments = [status: number, message?: unknown, headers?: unknown];

/** Whoever has a say in the head of a response. */
export interface HeadAuthor {
  /**
   * Changes headers just before they are sent. Must not throw, and does nothing the second time: a head that Node refuses is followed by
   * another one, of the error response.
   *
   * @returns the status to send instead
   */
  prepareHead(status: number): number | undefined;
}

/**
 * Has the head of a response prepared when it is about to be sent, whoever sends it: `writeHead` is what every way out of Node's HTTP server
 * passes, explicit or implicit, also on HTTP/2.
 *
 * What the caller hands to `writeHead` is set on the response first, so that the author sees all headers with `getHeader` and nobody's
 * are overwritten: other names replace as in Node, every Set-Cookie is added.
 */
export function prepareHead(response: ServerResponse, author: HeadAuthor): void {
  const writeHead = response.writeHead as ((...args: WriteHeadArguments) => ServerResponse) | undefined;
  if (!writeHead || !Object.isExtensible(response)) return;
  response.writeHead = function (this: ServerResponse, ...args: WriteHeadArguments): ServerResponse {
    if (this.headersSent) return writeHead.apply(this, args);
    const [status, second, third] = args;
    const hasMessage = typeof second === 'string';
    const headers = (hasMessage ? third : (third ?? second)) as GivenHeaders | undefined;
    if (headers) foldHeaders(this, headers);
    const override = author.prepareHead(status);
    if (override !== undefined) return writeHead.call(this, override);
    return hasMessage ? writeHead.call(this, status, second) : writeHead.call(this, status);
  };
}

/** Adds Set-Cookie headers to those that are set already, each text once. */
export function appendSetCookie(response: ServerResponse, added: OutgoingHttpHeader): void {
  const present = response.getHeader('set-cookie');
  if (present === undefined) return void response.setHeader('Set-Cookie', [added].flat().map(String));
  const all = [present, added].flat().map(String);
  response.setHeader('Set-Cookie', [...new Set(all)]);
}

function foldHeaders(response: ServerResponse, headers: GivenHeaders): void {
  const names = new Set<string>();
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    if (key === 'set-cookie') appendSetCookie(response, value);
    else if (names.has(key)) response.appendHeader(name, String(value));
    else response.setHeader(name, value);
    names.add(key);
  }
}

/** All that `writeHead` takes: an object, a flat array of names and values, an array of pairs. */
function pairsOf(headers: GivenHeaders): Pair[] {
  if (!Array.isArray(headers))
    return Object.entries(headers).filter((pair): pair is Pair => pair[1] !== undefined);
  if (Array.isArray(headers[0])) return headers as Pair[];
  const flat = headers as OutgoingHttpHeader[];
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, i) => [
    String(flat[2 * i]),
    flat[2 * i + 1]!,
  ]);
}
