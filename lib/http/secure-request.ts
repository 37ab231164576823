import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/**
 * A request with the properties of a framework: Express's request, or Fastify's, which is not the raw one.
 */
interface FrameworkRequest {
  /** Express's application. */
  readonly app?: unknown;
  /** The protocol according to the framework, which knows the proxies to trust. */
  readonly protocol?: unknown;
}

const FRAMEWORK_REQUEST = Symbol('nestjs-client-sessions.framework-request');

interface LinkedRequest extends IncomingMessage {
  [FRAMEWORK_REQUEST]?: FrameworkRequest;
}

/** Remembers the framework's request that belongs to a raw one, if the two are different objects. */
export function linkFrameworkRequest(raw: IncomingMessage, request: FrameworkRequest): void {
  (raw as LinkedRequest)[FRAMEWORK_REQUEST] = request;
}

/**
 * Whether the request came over TLS. A framework decides that, because only it knows which proxies to trust.
 * Without a framework, the socket decides.
 */
export function isSecureRequest(request: IncomingMessage): boolean {
  const protocol =
    (request as FrameworkRequest).protocol ?? (request as LinkedRequest)[FRAMEWORK_REQUEST]?.protocol;
  if (typeof protocol === 'string') return protocol.toLowerCase() === 'https';
  return isEncrypted(request);
}

function isEncrypted(request: IncomingMessage): boolean {
  return (request.socket as TLSSocket | undefined)?.encrypted === true;
}

/** A framework that decides whether a request came over TLS. */
export type Framework = 'express' | 'fastify';

/** The framework that handles a request, if there is one. */
export function frameworkOf(request: IncomingMessage): Framework | undefined {
  const { app, protocol } = request as FrameworkRequest;
  if (typeof app === 'function') return 'express';
  // Before its hooks run, Fastify's middleware sets the protocol on Node's request.
  return (request as LinkedRequest)[FRAMEWORK_REQUEST] || typeof protocol === 'string'
    ? 'fastify'
    : undefined;
}

/** The headers that proxies send if the browser came to them over TLS. */
const SIGNS_OF_TLS: readonly (readonly [header: string, value: string])[] = [
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-protocol', 'https'],
  ['x-forwarded-scheme', 'https'],
  ['x-forwarded-ssl', 'on'],
  ['x-url-scheme', 'https'],
  ['front-end-https', 'on'],
  ['cloudfront-forwarded-proto', 'https'],
];

/**
 * One parameter of `Forwarded`, and the separator behind it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-4
 */
const FORWARDED_PARAMETER = /[ \t]*([^\s=;,"]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))[ \t]*([;,]|$)/y;

/**
 * Whether a request without TLS says that the browser talks TLS to a proxy. Anybody can send such headers, so
 * the answer is good for a warning only.
 */
export function claimsTlsProxy(request: IncomingMessage): boolean {
  if (isEncrypted(request)) return false;
  const first = (header: string): string | undefined => {
    const values: unknown = request.headers?.[header];
    const value: unknown = Array.isArray(values) ? values[0] : values;
    return typeof value === 'string' ? value : undefined;
  };
  const isSign = ([header, value]: (typeof SIGNS_OF_TLS)[number]): boolean =>
    first(header)?.split(',', 1)[0]?.trim().toLowerCase() === value;
  return SIGNS_OF_TLS.some(isSign) || forwardedProtocol(first('forwarded') ?? '') === 'https';
}

/**
 * Returns the protocol in the first element of `Forwarded`, which describes the connection from the browser
 * to the first proxy.
 */
function forwardedProtocol(forwarded: string): string | undefined {
  FORWARDED_PARAMETER.lastIndex = 0;
  for (;;) {
    const [, name, quoted, token, separator] = FORWARDED_PARAMETER.exec(forwarded) ?? [];
    if (name?.toLowerCase() === 'proto') return (quoted ?? token)?.toLowerCase();
    if (separator !== ';') return undefined;
  }
}

/** The host that the browser asked for, without its port, which cookies disregard. HTTP/2 has no Host header. */
export function hostOf({ headers }: IncomingMessage): string {
  const host = headers?.host ?? headers?.[':authority'] ?? '';
  return String(host).replace(/:\d+$/, '').toLowerCase();
}

/** Whether browsers treat the host as trustworthy without TLS, and keep its Secure cookies. */
export function isLocalRequest(request: IncomingMessage): boolean {
  return /^(localhost|[^:]+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostOf(request));
}
