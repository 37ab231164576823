import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { RequestProperty } from '../../http/request-property.js';
import { linkFrameworkRequest } from '../../http/secure-request.js';
import type { Platform } from './platform.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly protocol: string;
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

type Use = (...args: unknown[]) => unknown;

/** The part of a Fastify instance that is needed here, so that Fastify stays optional. */
interface FastifyInstance {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(
    name: string,
    property: { getter: () => unknown; setter: (value: unknown) => void },
  ): unknown;
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
  addHook(name: 'onRegister', hook: (instance: FastifyInstance) => void): unknown;
  /** Added by @fastify/middie, the plugin that runs middleware. */
  use?: Use;
}

/** Attaches sessions in a hook, which gets Node's own request and response. */
export const fastify: Platform<FastifyInstance> = {
  type: 'fastify',

  mount(instance, middleware, isEverywhere) {
    decorateRequests(instance, middleware.properties);
    instance.addHook('onRequest', (request, reply, done) => {
      linkFrameworkRequest(request.raw, request);
      if (isEverywhere) middleware.use(request.raw, reply.raw, done);
      else done();
    });
    if (!isEverywhere) return;
    const use: Use = (request, response, next) =>
      middleware.use(request as IncomingMessage, response as ServerResponse, next as () => void);
    useInFront(instance, use);
    instance.addHook('onRegister', (context) => useInFront(context, use));
  },
};

/** Gives Fastify's requests the same properties as Node's requests. */
function decorateRequests(instance: FastifyInstance, properties: readonly RequestProperty[]): void {
  const taken = properties.find(({ key }) => instance.hasRequestDecorator(key));
  if (taken) {
    throw new InvalidOptionsError(
      'requestKey',
      `must not be "${taken.key}", because Fastify's requests already have this property`,
      'Remove the plugin that adds it, or choose another "requestKey".',
    );
  }
  for (const { key, get, set } of properties) instance.decorateRequest(key, { getter: get, setter: set });
}

/**
 * Middleware runs in its own hook. `NestFactory` adds that hook before any module exists, so it runs before
 * the hook of this file. There, the first middleware attaches the sessions. It is added as soon as the
 * application adds another one. Without middleware, requests do not pay for it.
 */
function useInFront(instance: FastifyInstance, first: Use): void {
  if (!Object.hasOwn(instance, 'use')) return;
  const { use } = instance as { use: Use };
  instance.use = function (this: unknown, ...args: unknown[]) {
    instance.use = use;
    use.call(this, first);
    // Another configuration's first one has stepped back by now, too.
    return instance.use.apply(this, args);
  };
}
