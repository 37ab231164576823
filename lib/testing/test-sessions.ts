import type { SealTimes } from '../session-codec.js';
import { forgeCookies } from './forged-cookie.js';
import { sessionIn, type SessionInResponse, type TestedResponse } from './session-in-response.js';
import { TestBrowser } from './test-browser.js';
import type { TestClock } from './test-clock.js';
import { type NestApplication, TestedApplication } from './tested-application.js';
import type { GivenContent, TestedContent, TestedSession } from './tested-session.js';

/** Headers of a request, for `.set()` of supertest, `inject()` and `fetch()`. */
export type SessionHeaders = { readonly cookie: string };

/** The sessions of a running application, in the hands of a test. */
export class TestSessions {
  readonly #application: TestedApplication;

  /** @internal */
  constructor(application: TestedApplication) {
    this.#application = application;
  }

  /** The clock of these sessions. */
  get clock(): TestClock {
    return this.#application.clock;
  }

  /**
   * Returns the headers of a visitor who has this content in a session.
   *
   * @param content what a handler would have put into a fresh session; the session's defaults need not be repeated
   * @param times when the session began, and when it ends: ms since epoch. @default now, and the whole duration
   * @example await request(app.getHttpServer()).get('/me').set(sessions.as(Auth, { userId: '42' }));
   * @throws what {@link cookie} throws
   */
  as<D extends TestedSession>(session: D, content: GivenContent<D>, times?: SealTimes): SessionHeaders;
  /**
   * Does so for several sessions.
   *
   * @example sessions.as([Auth, { userId: '42' }], [Cart, { items: ['tea'] }])
   */
  as<const D extends readonly TestedSession[]>(
    ...pairs: { readonly [I in keyof D]: readonly [session: D[I], content: GivenContent<D[I]>] }
  ): SessionHeaders;
  as(...args: readonly unknown[]): SessionHeaders {
    const calls = (Array.isArray(args[0]) ? args : [args]) as readonly Parameters<TestSessions['cookie']>[];
    return { cookie: calls.map((call) => this.cookie(...call)).join('; ') };
  }

  /**
   * Returns the text of the Cookie header of such a visitor.
   *
   * @throws `SessionInvalidError` with the issues in its message if the schema refuses the content;
   * `UnknownSessionError`; whatever else storing throws, such as `SessionTooLargeError`
   */
  cookie<D extends TestedSession>(session: D, content: GivenContent<D>, times?: SealTimes): string {
    const { pairs } = forgeCookies(this.#application.cookiesOf(session), content, times);
    return pairs.map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /**
   * Reads what a response tells the browser of a session.
   *
   * @param response of supertest, `inject()`, `fetch()` or a browser of this object
   * @returns `undefined` if it tells nothing, as when the handler has changed nothing
   * @throws `SessionUnavailableError` if another application has sealed the cookie
   */
  read<D extends TestedSession>(
    response: TestedResponse,
    session: D,
  ): SessionInResponse<TestedContent<D>> | undefined {
    const found = sessionIn(response, this.#application.cookiesOf(session));
    return found as SessionInResponse<TestedContent<D>> | undefined;
  }

  /**
   * Returns the browser of a new visitor.
   *
   * @param origin what the visitor's address bar shows. With https, connections count as secure. Cookies with a domain
   * need a host of that domain.
   */
  browser(origin = 'http://localhost'): TestBrowser {
    return new TestBrowser(this.#application, origin);
  }
}

/**
 * Makes the sessions of a running application available to a test, with the application's own options, secrets and
 * clock. It works as soon as the testing module is compiled or the application is created, before it listens.
 *
 * Whoever holds the application can log in as anybody with it, so it belongs into tests only.
 *
 * @example
 * const sessions = testSessions(app);
 * const response = await request(app.getHttpServer()).get('/me').set(sessions.as(Auth, { userId: '42' }));
 * @throws `SessionUnavailableError` if the application does not import the module
 */
export function testSessions(app: NestApplication): TestSessions {
  return new TestSessions(new TestedApplication(app));
}
