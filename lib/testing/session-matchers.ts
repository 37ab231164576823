import { isDeletion, receivedCookie } from './received-cookie.js';
import { type SessionInResponse, setCookiesOf, type TestedResponse } from './session-in-response.js';
import type { TestSessions } from './test-sessions.js';
import type { GivenContent, TestedSession } from './tested-session.js';

/** What `expect(response)` can check of sessions. `R` is what the matchers of the test runner return. */
export interface SessionMatchers<R> {
  /**
   * The response stores this session.
   *
   * @param content keys that the session must hold, with their values; it may hold more. `expect.any()` and its kind
   * work
   * @example expect(response).toHaveSession(Auth, { userId: '42' });
   */
  toHaveSession<D extends TestedSession>(session: D, content?: GivenContent<D>): R;
  /** The response deletes this session in the browser. */
  toClearSession(session: TestedSession): R;
}

// Each test runner lets others add to an interface of matchers. Usually one of them is not installed, and then the
// compiler must not complain. Comments of this kind stay in the declarations.

/* oxlint-disable typescript/ban-ts-comment -- There is no error where both are installed. */

/** @ts-ignore Jest is not installed. */
declare module 'expect' {
  interface Matchers<R> extends SessionMatchers<R> {}
}

/** @ts-ignore Vitest is not installed. */
declare module 'vitest' {
  interface Matchers<T> extends SessionMatchers<void> {}
}

declare global {
  // The interface of `@types/jest`.
  namespace jest {
    interface Matchers<R, T> extends SessionMatchers<R> {}
  }
}

/* oxlint-enable typescript/ban-ts-comment */

/** What a matcher gets of Jest and of Vitest. */
interface MatcherContext {
  readonly equals: (a: unknown, b: unknown) => boolean;
  readonly utils: { readonly stringify: (value: unknown) => string };
}

interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers themselves, for `expect.extend()`. */
export type SessionMatchersObject = {
  toHaveSession(
    this: MatcherContext,
    response: TestedResponse,
    session: TestedSession,
    content?: object,
  ): MatcherResult;
  toClearSession(this: MatcherContext, response: TestedResponse, session: TestedSession): MatcherResult;
};

/**
 * Returns matchers for `expect.extend()` of Jest and Vitest.
 *
 * @example
 * const sessions = testSessions(app);
 * expect.extend(sessionMatchers(sessions));
 * expect(response).toHaveSession(Auth, { userId: '42' });
 */
export function sessionMatchers(sessions: TestSessions): SessionMatchersObject {
  return {
    toHaveSession(response, session, content) {
      const found = sessions.read(response, session);
      const told = whatIsTold(found, response, session, this);
      const held = found?.content;
      const keys = Object.keys(content ?? {});
      const part = held && Object.fromEntries(keys.map((key) => [key, (held as Content)[key]]));
      const pass = held !== undefined && !found!.renewed && (!content || this.equals(part, { ...content }));
      const wanted = content ? ` with ${inOneLine(this.utils.stringify(content))}` : '';
      return {
        pass,
        message: () =>
          `The response must ${pass ? 'not ' : ''}store the session "${nameIn(session)}"${wanted}, but ${told}`,
      };
    },
    toClearSession(response, session) {
      const found = sessions.read(response, session);
      const told = whatIsTold(found, response, session, this);
      const pass = found?.cleared ?? false;
      return {
        pass,
        message: () =>
          `The response must ${pass ? 'not ' : ''}clear the session "${nameIn(session)}", but ${told}`,
      };
    },
  };
}

type Content = Readonly<Record<string, unknown>>;

/** Contents of test sessions are printed, values of cookies never. */
function whatIsTold(
  found: SessionInResponse<object> | undefined,
  response: TestedResponse,
  session: TestedSession,
  { utils }: MatcherContext,
): string {
  if (found?.cleared) return 'it clears it.';
  if (found?.renewed) return 'the handler has changed nothing: it only tells that the session was used.';
  if (found) return `it stores ${inOneLine(utils.stringify(found.content))}.`;
  const status = 'status' in response ? response.status : (response as { statusCode?: unknown }).statusCode;
  return `it tells nothing of "${nameIn(session)}". Its status is ${String(status)}, and it ${otherCookies(response)}.`;
}

/** Vitest prints objects in several lines. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function otherCookies(response: TestedResponse): string {
  const cookies = setCookiesOf(response).flatMap((header) => receivedCookie(header) ?? []);
  const names = (isDeleted: boolean): string =>
    [...new Set(cookies.filter((each) => isDeletion(each) === isDeleted).map(({ name }) => name))].join(', ');
  const [set, cleared] = [names(false), names(true)];
  if (!set && !cleared) return 'has no Set-Cookie header';
  return [set && `sets the cookies ${set}`, cleared && `clears the cookies ${cleared}`]
    .filter(Boolean)
    .join(' and ');
}

function nameIn(session: TestedSession): string {
  return typeof session === 'string' ? session : (session as { readonly name: string }).name;
}
