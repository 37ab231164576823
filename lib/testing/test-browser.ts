import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { SetCookie } from '../http/set-cookie.js';
import type { SealTimes } from '../session-codec.js';
import { ArrivedCookies } from '../session/arrived-cookies.js';
import { CookieJar } from './cookie-jar.js';
import { forgeCookies } from './forged-cookie.js';
import { exchange } from './in-memory-exchange.js';
import { setCookiesOf } from './session-in-response.js';
import type { GivenContent, TestedContent, TestedSession } from './tested-session.js';
import type { TestedApplication } from './tested-application.js';

/** An answer of the application that has not arrived at the browser yet. */
export interface Answer {
  readonly url: URL;
  readonly response: Response;
}

/**
 * A visitor's browser. It keeps cookies as browsers do: by name, domain, path and prefix, until they expire by the
 * application's clock. Only `Secure` cookies it keeps over plain http, too. It needs no port, and nothing has to be
 * closed. It follows no redirects, so that a test sees each response.
 */
export class TestBrowser {
  readonly #application: TestedApplication;
  readonly #origin: string;
  readonly #jar = new CookieJar();
  readonly #dropped: string[] = [];

  /** @internal */
  constructor(application: TestedApplication, origin: string) {
    this.#application = application;
    this.#origin = origin;
  }

  /** The cookies that the browser has dropped, and why, such as one for another domain. */
  get dropped(): readonly string[] {
    return this.#dropped;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return this.request(path, { ...init, method: 'GET' });
  }

  /**
   * Sends a POST request.
   *
   * @param body an object or a list is sent as JSON; anything else as `fetch()` does
   */
  post(path: string, body?: unknown, init: RequestInit = {}): Promise<Response> {
    return this.request(path, { ...init, ...withBody(body, init), method: 'POST' });
  }

  /** Sends a request with the browser's cookies, and keeps those of the response. @param init as for `fetch()` */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await this.send(path, init);
    return this.receive(answer);
  }

  /**
   * Makes the visitor one who has this content in a session.
   *
   * @example const browser = sessions.browser().as(Auth, { userId: '42' }).as(Cart, { items: ['tea'] });
   * @throws what `sessions.cookie()` throws; `SessionUnavailableError` if the cookie has another domain
   */
  as<D extends TestedSession>(session: D, content: GivenContent<D>, times?: SealTimes): this {
    const cookies = this.#application.cookiesOf(session);
    const { cookieName, cookie } = cookies.options;
    const now = this.#application.clock.now();
    const { pairs, expiresAt } = forgeCookies(cookies, content, times);
    const end = cookie.maxAge === undefined ? expiresAt : now + cookie.maxAge;
    const header = new SetCookie(cookieName, cookie);
    for (const [name, value] of pairs) {
      const text = header.write(value, cookie.ephemeral ? 'with the browser' : end, now, true, name);
      const objection = this.#jar.store(text, new URL(this.#origin), now);
      if (objection !== undefined)
        throw new SessionUnavailableError(
          `The browser must be able to keep the session, but ${objection}. ` +
            "Give the address of your site, such as sessions.browser('https://shop.example.org').",
        );
    }
    return this;
  }

  /** What the application would find in a session now, or `undefined` if it would begin a new one. */
  session<D extends TestedSession>(session: D): TestedContent<D> | undefined {
    const cookies = this.#application.cookiesOf(session);
    const kept = this.#jar.valuesAt(new URL(this.#origin), this.#application.clock.now());
    const found = new ArrivedCookies(cookies.session, cookies.candidatesAmong(kept)).openLatest();
    return found?.ok ? (found.admission.content as TestedContent<D>) : undefined;
  }

  /** Closes the browser and opens it again, so that it loses the cookies that have no end. */
  restart(): this {
    this.#jar.dropTransient();
    return this;
  }

  /** Sends a request with the cookies that the browser has now. */
  protected async send(path: string, init: RequestInit): Promise<Answer> {
    const { clock } = this.#application;
    const url = new URL(path, this.#origin);
    const own = new Headers(init.headers).get('cookie');
    const cookie = [this.#jar.headerFor(url, clock.now()), own].filter(Boolean).join('; ');
    const server = await this.#application.server();
    return { url, response: await exchange(server, new Request(url, init), cookie) };
  }

  /** Keeps the cookies of a response. */
  protected receive({ url, response }: Answer): Response {
    for (const header of setCookiesOf(response)) {
      const objection = this.#jar.store(header, url, this.#application.clock.now());
      if (objection !== undefined) this.#dropped.push(objection);
    }
    return response;
  }
}

function withBody(body: unknown, { headers }: RequestInit): RequestInit {
  const isData = Array.isArray(body) || Object.prototype.toString.call(body) === '[object Object]';
  if (!isData) return { body: body as NonNullable<RequestInit['body']> };
  const own = new Headers(headers);
  if (!own.has('content-type')) own.set('content-type', 'application/json');
  return { body: JSON.stringify(body), headers: own };
}
