import type { IncomingMessage } from 'node:http';
import type { CookieAttributes } from '../options/cookie-options.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionReporter } from '../session/session-event.js';
import { claimsTlsProxy, type Framework, frameworkOf, isLocalRequest } from './secure-request.js';

/** How to tell a framework that there is a TLS proxy in front of it. */
const TRUST: Readonly<Record<Framework, string>> = {
  express: 'let Express trust it: app.set("trust proxy", 1), or give its addresses instead of 1',
  fastify: 'let Fastify trust it: new FastifyAdapter({ trustProxy: [its addresses] })',
};

/**
 * Warns about proxies and caches that contradict a session's configuration, when they affect a cookie that is
 * written.
 */
export class TransportWarnings {
  readonly #options: Pick<ResolvedSessionOptions, 'name'>;
  readonly #report: SessionReporter;

  constructor(options: Pick<ResolvedSessionOptions, 'name'>, report: SessionReporter) {
    this.#options = options;
    this.#report = report;
  }

  /**
   * Checks a request without TLS. If the browser talks TLS to a proxy, the cookie should be `Secure`;
   * otherwise it should not.
   */
  ofPlainHttp(request: IncomingMessage, { secure }: Pick<CookieAttributes, 'secure'>): void {
    if (secure === false) return;
    const isProxied = claimsTlsProxy(request);
    const framework = frameworkOf(request);
    if (secure === 'auto' && isProxied) {
      this.#warn(
        'a proxy says that the browser came over TLS, but this server does not trust the proxy, ' +
          'so the cookie is written without Secure',
        framework
          ? `Either ${TRUST[framework]}. The proxy must send X-Forwarded-Proto for that. Or set cookie.secure to true.`
          : 'Set cookie.secure to true.',
      );
    }
    if (secure === true && !isProxied && !isLocalRequest(request)) {
      const told = framework
        ? TRUST[framework]
        : 'let it send X-Forwarded-Proto: https, because there is no framework with its own "trust proxy"';
      this.#warn(
        'its cookie is Secure, but the request came over plain http, so browsers drop the cookie',
        `Behind a TLS proxy, ${told}. Without TLS, set cookie.secure to "auto".`,
      );
    }
  }

  ofSharedCache(): void {
    this.#warn(
      'its cookie is in a response that shared caches were asked to keep',
      'The response now says private, no-store. Do not use sessions in public responses.',
    );
  }

  #warn(problem: string, remedy: string): void {
    const session = this.#options.name;
    this.#report({ type: 'warning', session, message: `Session "${session}": ${problem}. ${remedy}` });
  }
}
