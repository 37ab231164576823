import { isIP } from 'node:net';
import { LONGEST_KEPT } from '../session/lifetime.js';
import { type ReceivedAttributes, receivedCookie } from './received-cookie.js';

interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Whether only the host that has set it gets it, and no host below. */
  readonly isHostOnly: boolean;
  readonly path: string;
  readonly isPartitioned: boolean;
  /** ms since epoch. `undefined`: it ends with the browser. */
  readonly expires: number | undefined;
}

/** Most bytes of name and value. */
const LARGEST = 4096;

/**
 * The cookies of one browser, by the storage model of browsers. Only the scheme does not count: the browser of a test
 * keeps `Secure` cookies over plain http, and sends them.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/
 */
export class CookieJar {
  /** The oldest first. */
  #cookies: StoredCookie[] = [];

  /**
   * Stores the cookie of a `Set-Cookie` header that a response from this URL has sent.
   *
   * @param now ms since epoch
   * @returns why a browser drops the cookie, if it does
   */
  store(header: string, url: URL, now: number): string | undefined {
    const received = receivedCookie(header);
    if (!received) return 'a Set-Cookie header has no cookie with a name';
    const { name, value, attributes } = received;
    const host = url.hostname.toLowerCase();
    const objection =
      name.length + value.length > LARGEST
        ? `it has more than ${LARGEST} bytes`
        : (objectionToDomain(attributes.domain, host) ?? objectionToPrefix(name, attributes));
    if (objection !== undefined) return `the cookie "${name}" is dropped: ${objection}`;

    const domain = attributes.domain?.includes('.') ? attributes.domain : undefined;
    const cookie: StoredCookie = {
      name,
      value,
      domain: domain ?? host,
      isHostOnly: domain === undefined,
      path: attributes.path?.startsWith('/') ? attributes.path : defaultPath(url.pathname),
      isPartitioned: attributes.partitioned,
      expires: endOf(attributes, now),
    };
    const i = this.#cookies.findIndex((each) => isSame(each, cookie));
    // A cookie that replaces another one keeps its place in the order.
    if (i === -1) this.#cookies.push(cookie);
    else this.#cookies[i] = cookie;
    this.#sweep(now);
    return undefined;
  }

  /** The Cookie header of a request. It is empty if there is nothing to send. */
  headerFor(url: URL, now: number): string {
    this.#sweep(now);
    const host = url.hostname.toLowerCase();
    return this.#cookies
      .filter(({ domain, isHostOnly }) => host === domain || (!isHostOnly && isBelow(host, domain)))
      .filter(({ path }) => isInPath(url.pathname, path))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  /** All cookies that a host gets on any path, by name, as a Cookie header would list them. */
  valuesAt({ hostname }: URL, now: number): Map<string, string[]> {
    this.#sweep(now);
    const values = new Map<string, string[]>();
    for (const { name, value, domain, isHostOnly } of this.#cookies) {
      if (hostname !== domain && (isHostOnly || !isBelow(hostname, domain))) continue;
      values.set(name, [...(values.get(name) ?? []), value]);
    }
    return values;
  }

  /** Drops the cookies that end with the browser. */
  dropTransient(): void {
    this.#cookies = this.#cookies.filter(({ expires }) => expires !== undefined);
  }

  #sweep(now: number): void {
    this.#cookies = this.#cookies.filter(({ expires }) => expires === undefined || expires > now);
  }
}

function endOf({ maxAge, expires }: ReceivedAttributes, now: number): number | undefined {
  if (maxAge !== undefined) return maxAge <= 0 ? 0 : now + Math.min(maxAge * 1000, LONGEST_KEPT);
  return expires === undefined ? undefined : Math.min(expires, now + LONGEST_KEPT);
}

function objectionToDomain(domain: string | undefined, host: string): string | undefined {
  if (!domain || domain === host) return undefined;
  if (!domain.includes('.')) return `its domain "${domain}" is that of many sites`;
  return isBelow(host, domain) ? undefined : `its domain "${domain}" is not that of "${host}"`;
}

function objectionToPrefix(name: string, { secure, domain, path }: ReceivedAttributes): string | undefined {
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0].toLowerCase();
  if (prefix && !secure) return 'its prefix needs "Secure"';
  if (prefix === '__host-' && (domain || path !== '/'))
    return 'its prefix needs "Path=/", and allows no "Domain"';
  return undefined;
}

function isSame(a: StoredCookie, b: StoredCookie): boolean {
  return (
    a.name === b.name &&
    a.domain === b.domain &&
    a.isHostOnly === b.isHostOnly &&
    a.path === b.path &&
    a.isPartitioned === b.isPartitioned
  );
}

function isBelow(host: string, domain: string): boolean {
  return host.endsWith(`.${domain}`) && isIP(host) === 0;
}

function isInPath(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/');
}

function defaultPath(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}
