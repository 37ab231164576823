import { CookieJar } from './cookie-jar.js';

/** A response: status, headers, text, and the separate Set-Cookie headers. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly setCookies: readonly string[];
  json<T = unknown>(): T;
}

/** A visitor with their own cookie jar. */
export class Browser {
  readonly #jar: CookieJar;

  constructor(
    readonly origin: string,
    now?: () => number,
  ) {
    this.#jar = new CookieJar(origin, now);
  }

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
    for (const header of setCookies) this.#jar.store(header, path);
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
    return this.#jar.valueOf(name);
  }

  /** Puts a cookie into the jar, like another page or an attacker. It is Secure, because name prefixes require that. */
  setCookie(name: string, value: string, path = '/'): void {
    this.#jar.store(`${name}=${value}; Path=${path}; Secure`, '/');
  }

  /** The cookies that another browser needs to continue as this visitor. */
  jar(): [name: string, value: string][] {
    return this.#jar.entries();
  }

  clear(): void {
    this.#jar.clear();
  }

  cookieHeader(path: string): string {
    return this.#jar.headerFor(path);
  }
}
