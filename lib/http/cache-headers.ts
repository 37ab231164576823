import type { ServerResponse } from 'node:http';

/** Directives that ask somebody to keep a response, or to keep it longer: what `no-store` contradicts. */
const STORING: ReadonlySet<string> = new Set([
  'public',
  'private',
  'max-age',
  's-maxage',
  'immutable',
  'must-understand',
  'proxy-revalidate',
  'stale-while-revalidate',
  'stale-if-error',
]);

/** Headers that caches of others obey instead of Cache-Control, as RFC 9213 has it or as its forerunners do. */
const TARGETED = /^(?:.+-cache-control|surrogate-control|edge-control|x-accel-expires)$/;

/** A comma that stands in no quoted string. */
const COMMA = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;

/** Tells caches that the response depends on the request's cookies. */
export function varyOnCookie(response: ServerResponse): void {
  const vary = response.getHeader('vary');
  if (vary === undefined) return void response.setHeader('Vary', 'Cookie');
  const present = [vary].flat().join(', ');
  if (/(^|,)\s*(\*|cookie)\s*(,|$)/i.test(present)) return;
  response.setHeader('Vary', present ? `${present}, Cookie` : 'Cookie');
}

/**
 * Keeps a response that carries somebody's cookie out of every cache. What else the application has said stays: `no-transform` keeps
 * compression from holding back streams of events.
 *
 * @returns whether the application had asked shared caches to keep it
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 */
export function forbidCaching(response: ServerResponse): boolean {
  const directives = directivesOf(response.getHeader('cache-control'));
  if (!directives.some(({ name }) => name === 'no-store')) {
    const kept = directives.filter(({ name }) => !STORING.has(name)).map(({ text }) => text);
    response.setHeader('Cache-Control', ['private', 'no-store', ...kept].join(', '));
  }
  const wasTargeted = response.getHeaderNames().filter((name) => forbidTargeted(response, name)).length > 0;
  return wasTargeted || isShared(directives);
}

/** @returns whether the header had asked caches to keep the response */
function forbidTargeted(response: ServerResponse, name: string): boolean {
  if (!TARGETED.test(name)) return false;
  const value = response.getHeader(name);
  if (name === 'x-accel-expires') {
    response.setHeader(name, '0');
    return String(value).trim() !== '0';
  }
  const directives = directivesOf(value);
  if (directives.some((directive) => directive.name === 'no-store')) return false;
  response.setHeader(name, 'no-store');
  return isShared([{ name: 'public', text: 'public', argument: '' }, ...directives]);
}

interface Directive {
  /** In lower case. */
  readonly name: string;
  readonly argument: string;
  readonly text: string;
}

function directivesOf(header: ReturnType<ServerResponse['getHeader']>): Directive[] {
  const parts = [header ?? []].flat().join(',').split(COMMA);
  return parts.flatMap((part) => {
    const text = part.trim();
    const [name = '', argument = ''] = text.split('=', 2);
    return text ? { name: name.trim().toLowerCase(), argument: argument.trim(), text } : [];
  });
}

/** Whether shared caches may serve the response without asking again. */
function isShared(directives: readonly Directive[]): boolean {
  const find = (wanted: string): Directive | undefined => directives.find(({ name }) => name === wanted);
  if (find('no-store') ?? find('no-cache') ?? find('private')) return false;
  const lifetime = find('s-maxage') ?? (find('public') && find('max-age'));
  return lifetime ? Number(lifetime.argument.replaceAll('"', '')) !== 0 : find('public') !== undefined;
}

/** Whether the head of a response, once sent, keeps shared caches from serving the response to others. */
export function isKeptFromOthers(response: ServerResponse): boolean {
  if (typeof response.getHeader !== 'function') return true;
  const sent = sentHeader(response);
  const vary = sent('vary');
  const control = sent('cache-control');
  return /(^|,)\s*(\*|cookie)\s*(,|$)/i.test(vary) || /(^|,)\s*(private|no-store)\b/i.test(control);
}

/** What was passed to `writeHead` alone is to be found in the text of the head only, which Node keeps without documenting it. */
function sentHeader(response: ServerResponse): (name: string) => string {
  const { _header: head } = response as { readonly _header?: unknown };
  return (name) => {
    const set = response.getHeader(name);
    if (set !== undefined) return [set].flat().join(',');
    if (typeof head !== 'string') return '';
    const lines = head.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`));
    return lines.map((line) => line.slice(name.length + 1)).join(',');
  };
}
