import type { IncomingMessage } from 'node:http';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { SessionCookieError } from '../errors/session-cookie.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import {
  type CookieAttributes,
  type CookieFunction,
  type CookieOptions,
  plainDomain,
  resolveCookieAttributes,
} from './cookie-options.js';
import { mergeDefined } from './merge-defined.js';
import { assertKnown } from './option-names.js';

interface RequestAttributesOptions {
  /** The session's name, for messages. */
  readonly session: string;
  readonly cookieName: string;
  readonly given: CookieFunction;
  /** The attributes that do not depend on the request. */
  readonly base: CookieOptions;
  readonly domains: readonly string[];
}

/** Many tenants fit, and a client that makes up hosts fills no memory. */
const MOST_REMEMBERED = 1_000;

/** The cookie attributes that depend on the request. Equal results of the function are checked once. */
export class RequestAttributes {
  readonly #options: RequestAttributesOptions;
  readonly #known = new Map<string, CookieAttributes>();
  #isAsking = false;

  constructor(options: RequestAttributesOptions) {
    this.#options = options;
  }

  /**
   * @returns the same object for the same attributes
   * @throws {@link SessionCookieError}
   */
  of(request: IncomingMessage): CookieAttributes {
    const { own, key } = this.#ask(request);
    let attributes = this.#known.get(key);
    if (!attributes) {
      attributes = this.#resolve(own);
      if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
      this.#known.set(key, attributes);
    }
    return attributes;
  }

  /** Calls the function. @returns a copy of its result, and the copy as text */
  #ask(request: IncomingMessage): { readonly own: CookieOptions; readonly key: string } {
    if (this.#isAsking) {
      throw this.#error('must not use its own session', 'Let it decide by the request, such as its host.');
    }
    this.#isAsking = true;
    try {
      const given: unknown = this.#options.given(request);
      if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
        // The error below says what is wrong, and a rejection that nobody awaits would end the process.
        if ('then' in given) Promise.resolve(given).catch(() => undefined);
        else {
          const own = mergeDefined([given]);
          return { own, key: JSON.stringify(own) };
        }
      }
    } catch (error) {
      if (error instanceof SessionCookieError) throw error;
      throw this.#error(`threw ${describeThrown(error)}`, 'Let it return attributes for every request.');
    } finally {
      this.#isAsking = false;
    }
    throw this.#error(
      'must return an object, and at once',
      "Return attributes such as { domain: 'example.org' }.",
    );
  }

  #resolve(own: CookieOptions): CookieAttributes {
    const { base, cookieName, domains } = this.#options;
    try {
      assertKnown(own, 'cookie', 'cookie');
      const attributes = Object.freeze(resolveCookieAttributes({ ...base, ...own }, cookieName));
      if (Object.hasOwn(own, 'prefix')) {
        throw this.#error('must not return a prefix', 'Write the prefix into "cookieName".');
      }
      if (Object.hasOwn(own, 'domain') && !domains.includes(plainDomain(attributes.domain!))) {
        throw this.#error(
          'must return a domain that "cookieDomains" lists, because clients can send any Host header',
          'Add the domain to "cookieDomains", or leave it out.',
        );
      }
      return attributes;
    } catch (error) {
      if (!(error instanceof InvalidOptionsError)) throw error;
      throw this.#error(`returned an invalid "${error.option}": it ${error.problem}`, error.remedy);
    }
  }

  #error(problem: string, remedy: string): SessionCookieError {
    return new SessionCookieError(this.#options.session, problem, remedy);
  }
}
