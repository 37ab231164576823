interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly domain: string;
  readonly expiresAt: number;
}

/** What came back: status, headers, text, and the Set-Cookie headers one by one. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly setCookies: readonly string[];
  json<T = unknown>(): T;
}

/**
 * A visitor with a cookie jar that follows RFC 6265bis as Chromium does: path and expiry count, a cookie above 4096 bytes is
 * dropped while the old one stays, and loopback is trustworthy enough for Secure cookies.
 */
export class Browser {
  #cookies: StoredCookie[] = [];

  constructor(
    readonly origin: string,
    private readonly now: () => number = Date.now,
  ) {}

  get(path: string, init: RequestInit = {}): Promise<Page> {
    return this.request(path, { method: 'GET', ...init });
  }

  post(path: string, body: unknown = {}, init: RequestInit = {}): Promise<Page> {
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) };
    return this.request(path, { method: 'POST', body: JSON.stringify(body), ...init, headers });
  }

  async request(path: string, init: RequestInit): Promise<Page> {
    const cookie = this.cookieHeader(path);
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string>) };
    const response = await fetch(this.origin + path, { redirect: 'manual', ...init, headers });
    const setCookies = response.headers.getSetCookie();
    for (const header of setCookies) this.store(header, path);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      setCookies,
      json: () => JSON.parse(text) as never,
    };
  }

  /** The value of a cookie, if there is one. */
  cookie(name: string): string | undefined {
    return this.#live().find((cookie) => cookie.name === name)?.value;
  }

  /** Puts a cookie into the jar, as another page or an attacker would. */
  setCookie(name: string, value: string, path = '/'): void {
    this.store(`${name}=${value}; Path=${path}`, '/');
  }

  /** What another browser needs to continue as this visitor. */
  jar(): [name: string, value: string][] {
    return this.#live().map(({ name, value }) => [name, value]);
  }

  clear(): void {
    this.#cookies = [];
  }

  cookieHeader(path: string): string {
    return this.#live()
      .filter((cookie) => path.startsWith(cookie.path))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  private store(header: string, requestPath: string): void {
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

  #live(): StoredCookie[] {
    const now = this.now();
    return this.#cookies.filter((cookie) => cookie.expiresAt > now);
  }
}
