import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** A request as frameworks extend it: Express's own, or Fastify's beside the raw one. */
interface FrameworkRequest {
  /** By the framework's judgement, which includes its trust in proxies. */
  readonly protocol?: unknown;
}

const FRAMEWORK_REQUEST = Symbol('nestjs-client-sessions.framework-request');

interface LinkedRequest extends IncomingMessage {
  [FRAMEWORK_REQUEST]?: FrameworkRequest;
}

/** Remembers the framework's request of a raw one, where the two are different objects. */
export function linkFrameworkRequest(raw: IncomingMessage, request: FrameworkRequest): void {
  (raw as LinkedRequest)[FRAMEWORK_REQUEST] = request;
}

/**
 * Whether the request came over TLS. Behind a proxy that is for the framework to say, because only it knows which proxies to trust;
 * without one, the socket says.
 */
export function isSecureRequest(request: IncomingMessage): boolean {
  const protocol =
    (request as FrameworkRequest).protocol ?? (request as LinkedRequest)[FRAMEWORK_REQUEST]?.protocol;
  if (typeof protocol === 'string') return protocol === 'https';
  return (request.socket as TLSSocket | undefined)?.encrypted === true;
}

/** Whether browsers treat the host as trustworthy without TLS, and keep its Secure cookies. */
export function isLocalRequest(request: IncomingMessage): boolean {
  return /^(localhost|[^:]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(request.headers.host ?? '');
}
