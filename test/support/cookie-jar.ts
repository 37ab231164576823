interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly domain: string;
  readonly expiresAt: number;
}

/**
 * The cookies of one visitor, kept by RFC 6265bis as Chromium does: path and expiry count, a cookie above 4096 bytes is dropped while the
 * old one stays, and loopback is trustworthy enough for Secure cookies.
 */
export class CookieJar {
  #cookies: StoredCookie[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** Takes in a Set-Cookie header of a response. */
  store(header: string, requestPath: string): void {
    const [pair = '', ...attributes] = header.split(/; */);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    if (name.length + value.length > 4096) return;
    const attribute = (wanted: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const maxAge = attribute('max-age');
    const expires = attribute('expires');
    const cookie: StoredCookie = {
      name,
      value,
      path: attribute('path') ?? (requestPath.slice(0, requestPath.lastIndexOf('/')) || '/'),
      domain: attribute('domain') ?? '',
      expiresAt:
        maxAge !== undefined ? this.now() + Number(maxAge) * 1000 : expires ? Date.parse(expires) : Infinity,
    };
    this.#cookies = this.#cookies.filter(
      (other) =>
        !(other.name === cookie.name && other.path === cookie.path && other.domain === cookie.domain),
    );
    this.#cookies.push(cookie);
  }

  /** The value of a cookie, if there is one. */
  valueOf(name: string): string | undefined {
    return this.#live().find((cookie) => cookie.name === name)?.value;
  }

  /** The Cookie header of a request; empty when there is nothing to send. */
  headerFor(path: string): string {
    return this.#live()
      .filter((cookie) => path.startsWith(cookie.path))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  entries(): [name: string, value: string][] {
    return this.#live().map(({ name, value }) => [name, value]);
  }

  clear(): void {
    this.#cookies = [];
  }

  #live(): StoredCookie[] {
    const now = this.now();
    return this.#cookies.filter((cookie) => cookie.expiresAt > now);
  }
}
