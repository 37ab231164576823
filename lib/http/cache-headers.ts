import type { ServerResponse } from 'node:http';

type HeaderValue = ReturnType<ServerResponse['getHeader']>;

interface Directive {
  /** In lower case. */
  readonly name: string;
  readonly argument: string;
  /** The directive as it is written in the header. */
  readonly text: string;
}

/**
 * Directives that are removed when `no-store` is set. They ask caches to keep the response, or say who may
 * keep it and for how long. The last four are Akamai's.
 */
const STORING: ReadonlySet<string> = new Set([
  'public',
  'private',
  'no-store',
  'max-age',
  's-maxage',
  'immutable',
  'must-understand',
  'proxy-revalidate',
  'stale-while-revalidate',
  'stale-if-error',
  'cache-maxage',
  'downstream-ttl',
  '!no-store',
  '!bypass-cache',
]);

/** Directives that say whether caches may keep a response that visitors share. */
const SHARING: ReadonlySet<string> = new Set([
  'public',
  'private',
  'no-store',
  'no-cache',
  's-maxage',
  'proxy-revalidate',
  'must-understand',
]);

/**
 * Headers that the caches of CDNs obey instead of Cache-Control.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9213
 */
const TARGETED = /-cache-control$|surrogate-control$|^edge-control$/;

/** The header that nginx obeys instead of Cache-Control. It holds seconds, or @ and a time. */
const ACCEL_EXPIRES = 'x-accel-expires';

/** A directive with its argument. A comma in a quoted string does not end it. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/** A number above zero, or a sum of two numbers, as in Surrogate-Control. */
const SOME_TIME = /^"?[\d+]*[1-9]/;

/** Tells caches that the response depends on the request's cookies. */
export function varyOnCookie(response: ServerResponse): void {
  const vary = response.getHeader('vary');
  const present = Array.isArray(vary) ? vary.join(', ') : String(vary ?? '');
  if (present === '') response.setHeader('Vary', 'Cookie');
  else if (!isVaried(present)) response.setHeader('Vary', `${present}, Cookie`);
}

/**
 * Keeps a response that carries a visitor's cookie out of every cache. Other directives of the application
 * stay. For example, `no-transform` stops compression middleware from holding back event streams.
 *
 * @returns whether the application had asked shared caches to keep the response
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 */
export function forbidCaching(response: ServerResponse): boolean {
  const sent = (response.getHeaderNames?.() ?? [])
    .filter((name) => name === ACCEL_EXPIRES || name === 'cache-control' || TARGETED.test(name))
    .map((name) => [name, response.getHeader(name)] as const);
  forbid(response, 'Cache-Control', 'private, no-store');
  for (const [name] of sent) {
    if (name === ACCEL_EXPIRES) response.setHeader(name, '0');
    else if (name !== 'cache-control') forbid(response, name, 'no-store');
  }
  return sent.some(([name, value]) => asksSharedCaches(name, value));
}

/**
 * Keeps a response that may hold session data out of the caches that visitors share, unless the application
 * has said something about them. Its other directives stay. `max-age`, for example, then applies to the
 * browser alone.
 *
 * @returns whether the application asks shared caches to keep the response, which they then do
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.7
 */
export function restrictToBrowser(response: ServerResponse): boolean {
  const control = response.getHeader('cache-control');
  const directives = directivesOf(control);
  if (directives.some(({ name }) => SHARING.has(name))) return asksSharedCaches('cache-control', control);
  response.setHeader('Cache-Control', ['private', ...directives.map(({ text }) => text)].join(', '));
  return false;
}

/** Whether the sent head of a response stops all caches from keeping the response, the browser's included. */
export function isKeptNowhere(response: ServerResponse): boolean {
  if (typeof response.getHeader !== 'function') return true;
  return isForbidden(directivesOf(sentHeaders(response).get('cache-control')));
}

/** Whether the sent head of a response stops shared caches from serving the response to others. */
export function isKeptFromOthers(response: ServerResponse): boolean {
  if (typeof response.getHeader !== 'function') return true;
  const sent = sentHeaders(response);
  if (isVaried([sent.get('vary') ?? []].flat().join(','))) return true;
  const control = directivesOf(sent.get('cache-control'));
  if (!isForbidden(control) && !isSaid(control, 'private')) return false;
  return ![...sent].some(([name, value]) => asksSharedCaches(name, value));
}

function isVaried(vary: string): boolean {
  return /(^|,)\s*(\*|cookie)\s*(,|$)/i.test(vary);
}

function forbid(response: ServerResponse, name: string, prohibition: string): void {
  const directives = directivesOf(response.getHeader(name));
  if (isForbidden(directives)) return;
  const kept = directives.filter((directive) => !STORING.has(directive.name)).map(({ text }) => text);
  response.setHeader(name, [prohibition, ...kept].join(', '));
}

function directivesOf(value: HeaderValue): Directive[] {
  if (value === undefined) return [];
  const texts = [value].flat().join(',').match(DIRECTIVE) ?? [];
  return texts.flatMap((each) => {
    const text = each.trim();
    const [name, ...argument] = text.split('=') as [string, ...string[]];
    return text ? { name: name.trim().toLowerCase(), argument: argument.join('=').trim(), text } : [];
  });
}

/**
 * Whether no cache may keep the response. A cache that obeys `must-understand` ignores `no-store` beside it.
 */
function isForbidden(directives: readonly Directive[]): boolean {
  return isSaid(directives, 'no-store') && !isSaid(directives, 'must-understand');
}

/**
 * Whether a directive is present without an argument. With an argument, `private` and `no-cache` apply to
 * single headers only.
 */
function isSaid(directives: readonly Directive[], wanted: string): boolean {
  return directives.some(({ name, argument }) => name === wanted && argument === '');
}

/** Whether a header asks shared caches to keep the response and to serve it without asking again. */
function asksSharedCaches(name: string, value: HeaderValue): boolean {
  if (name === ACCEL_EXPIRES) return /^(?:@|\d*[1-9])/.test(String(value).trim());
  const isTargeted = TARGETED.test(name);
  const directives = isTargeted || name === 'cache-control' ? directivesOf(value) : [];
  if (directives.length === 0 || isForbidden(directives)) return false;
  if (isSaid(directives, 'private') || isSaid(directives, 'no-cache')) return false;
  const argumentOf = (wanted: string): string | undefined =>
    directives.find((directive) => directive.name === wanted)?.argument;
  const own = argumentOf('s-maxage') ?? argumentOf('cache-maxage');
  if (own === undefined && !isTargeted && !isSaid(directives, 'public')) return false;
  const times = [
    own ?? argumentOf('max-age'),
    argumentOf('stale-while-revalidate'),
    argumentOf('stale-if-error'),
  ];
  const given = times.filter((time) => time !== undefined);
  return given.length === 0 || given.some((time) => SOME_TIME.test(time));
}

/**
 * Returns the headers that were sent. Those that were passed to `writeHead` only are in the text of the head,
 * which Node keeps in an undocumented property.
 */
function sentHeaders(response: ServerResponse): ReadonlyMap<string, HeaderValue> {
  const { _header: head } = response as { readonly _header?: unknown };
  const sent = new Map<string, HeaderValue>();
  for (const line of typeof head === 'string' ? head.split('\r\n') : []) {
    const [name, ...rest] = line.toLowerCase().split(':') as [string, ...string[]];
    sent.set(name, [sent.get(name) ?? [], rest.join(':')].flat().map(String));
  }
  for (const name of response.getHeaderNames()) sent.set(name, response.getHeader(name));
  return sent;
}
