import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { CookieAttributes } from '../options/cookie-options.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionReporter } from '../session/session-event.js';
import { claimsTlsProxy, type Framework, frameworkOf, hostOf, isLocalRequest } from './secure-request.js';

/** How to tell a framework that there is a TLS proxy in front of it. */
export const TRUST: Readonly<Record<Framework, string>> = {
  express: 'let Express trust it: app.set("trust proxy", 1), or give its addresses instead of 1',
  fastify: 'let Fastify trust it: new FastifyAdapter({ trustProxy: [its addresses] })',
};

/** What happened to the session in a response that shared caches were asked to keep. */
type Exposure = 'written' | 'read' | 'unwanted';

const EXPOSURES: Readonly<Record<Exposure, readonly [problem: string, remedy: string]>> = {
  written: [
    'its cookie is in a response that shared caches were asked to keep',
    'The response now says private, no-store. Do not use sessions in public responses.',
  ],
  unwanted: [
    'it was read for a response that shared caches were asked to keep, although its "cache" is \'no-store\'',
    'The response now says private, no-store. Do not use this session in public responses.',
  ],
  read: [
    'it was read for a response that shared caches were asked to keep, ' +
      'so that a cache which disregards "Vary: Cookie" serves it to other visitors',
    'Say private instead of public in Cache-Control, or do not read the session there. ' +
      'If all caches in front of the application obey Vary, set "cache" to false.',
  ],
};

/** How many hosts are remembered, because anybody can name any host in a request. */
const MAXIMUM_HOSTS = 100;

type WrittenAttributes = Pick<CookieAttributes, 'secure' | 'domain'>;

/**
 * Warns about proxies and caches that contradict a session's configuration, when they affect a cookie that is
 * written.
 */
export class TransportWarnings {
  readonly #options: Pick<ResolvedSessionOptions, 'name'>;
  readonly #report: SessionReporter;
  /** The hosts or domains for which a cookie was written with Secure. */
  readonly #secureScopes = new Set<string>();

  constructor(options: Pick<ResolvedSessionOptions, 'name'>, report: SessionReporter) {
    this.#options = options;
    this.#report = report;
  }

  /** Checks the request to which a cookie is written. */
  ofRequest(request: IncomingMessage, { secure, domain }: WrittenAttributes, isSecure: boolean): void {
    // Of a connection that is over, frameworks do not know any more whether it was that of a trusted proxy.
    if ((request.socket as Socket | undefined)?.destroyed) return;
    if (secure === 'auto') this.#ofAutomatic(request, domain, isSecure);
    else if (secure && !isSecure) this.#ofUnseenTls(request);
  }

  /** Checks what a response asked shared caches before the session had its say. */
  ofSharedCache(exposure: Exposure): void {
    this.#warn(...EXPOSURES[exposure]);
  }

  /**
   * A browser that has a Secure cookie neither sends it over plain http nor lets a page over plain http
   * replace or delete it. The request does not show that, but what this process has written before does.
   *
   * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.7
   */
  #ofAutomatic(request: IncomingMessage, domain: string | undefined, isSecure: boolean): void {
    const scope = domain ?? hostOf(request);
    if (isSecure) {
      if (this.#secureScopes.size < MAXIMUM_HOSTS) this.#secureScopes.add(scope);
    } else if (claimsTlsProxy(request)) this.#ofUntrustedProxy(request);
    else if (this.#secureScopes.has(scope) && !isLocalRequest(request)) {
      this.#warn(
        'its cookie was written with Secure over TLS, and now without Secure over plain http. ' +
          'A browser that has the Secure cookie does not send it over plain http and does not let it be replaced, ' +
          'so that changes and logouts over plain http have no effect',
        'Redirect plain http to https. ' +
          'If the browser came over TLS all the same, its proxy must send X-Forwarded-Proto: https.',
      );
    }
  }

  #ofUntrustedProxy(request: IncomingMessage): void {
    const framework = frameworkOf(request);
    this.#warn(
      'a proxy says that the browser came over TLS, but this server does not trust the proxy, ' +
        'so the cookie is written without Secure',
      framework
        ? `Either ${TRUST[framework]}. The proxy must send X-Forwarded-Proto for that. Or set cookie.secure to true.`
        : 'Set cookie.secure to true.',
    );
  }

  #ofUnseenTls(request: IncomingMessage): void {
    if (claimsTlsProxy(request) || isLocalRequest(request)) return;
    const framework = frameworkOf(request);
    const trust = framework
      ? `, and ${TRUST[framework]}`
      : ', because there is no framework with its own "trust proxy"';
    this.#warn(
      'its cookie is Secure, but as far as this server can see, the request came over plain http, ' +
        'and there browsers drop the cookie',
      `Behind a TLS proxy, let it send X-Forwarded-Proto: https${trust}. Without TLS, set cookie.secure to "auto".`,
    );
  }

  #warn(problem: string, remedy: string): void {
    const session = this.#options.name;
    this.#report({ type: 'warning', session, message: `Session "${session}": ${problem}. ${remedy}` });
  }
}
