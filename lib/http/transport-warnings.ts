import type { IncomingMessage } from 'node:http';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionReporter } from '../session/session-event.js';
import { claimsTlsProxy, type Framework, frameworkOf, isLocalRequest } from './secure-request.js';

/** How a framework is told that there is a TLS proxy in front of it. */
const TRUST: Readonly<Record<Framework, string>> = {
  express: 'let Express trust it: app.set("trust proxy", 1), or its addresses instead of 1',
  fastify: 'let Fastify trust it: new FastifyAdapter({ trustProxy: [its addresses] })',
};

/** What stands between server and browser and contradicts a session's configuration: told when a cookie is written that suffers from it. */
export class TransportWarnings {
  readonly #options: Pick<ResolvedSessionOptions, 'name' | 'cookie'>;
  readonly #report: SessionReporter;

  constructor(options: Pick<ResolvedSessionOptions, 'name' | 'cookie'>, report: SessionReporter) {
    this.#options = options;
    this.#report = report;
  }

  /** Without TLS here, there may be a proxy that the browser talks TLS to. Then `Secure` should be there, and otherwise it should not. */
  ofPlainHttp(request: IncomingMessage): void {
    const { secure } = this.#options.cookie;
    if (secure === false) return;
    const isProxied = claimsTlsProxy(request);
    const framework = frameworkOf(request);
    if (secure === 'auto' && isProxied) {
      this.#warn(
        'a proxy says that the browser came over TLS, but nobody here trusts the proxy, so the cookie is written without Secure',
        framework
          ? `Either ${TRUST[framework]}; it has to send X-Forwarded-Proto. Or set cookie.secure to true.`
          : 'Set cookie.secure to true.',
      );
    }
    if (secure === true && !isProxied && !isLocalRequest(request)) {
      const told = framework
        ? TRUST[framework]
        : 'let it send X-Forwarded-Proto: https, as there is no framework with a "trust proxy" of its own';
      this.#warn(
        'its cookie says Secure, but the request came over plain http, and browsers drop it then',
        `Behind a TLS proxy, ${told}. Without TLS, set cookie.secure to "auto".`,
      );
    }
  }

  ofSharedCache(): void {
    this.#warn(
      'it is written in a response that asked shared caches to keep it',
      'The response now says private, no-store. Do not touch sessions where responses are public.',
    );
  }

  #warn(problem: string, remedy: string): void {
    const session = this.#options.name;
    this.#report({ type: 'warning', session, message: `Session "${session}": ${problem}. ${remedy}` });
  }
}
