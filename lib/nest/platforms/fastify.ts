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
  /** Of the plugin that runs middleware, @fastify/middie. */
  use?: Use;
}

/** Sessions are attached by a hook, which is given Node's own request and response. */
export const fastify: Platform<FastifyInstance> = {
  type: 'fastify',

  mount(instance, middleware, isEverywhere) {
    decorateRequests(instance, middleware.properties);
    instance.addHook('onRequest', (request, reply, done) => {
      linkFrameworkRequest(request.raw, request);
      if (isEverywhere) middleware.attach(request.raw, reply.raw);
      done();
    });
    if (!isEverywhere) return;
    const use: Use = (request, response, next) =>
      middleware.use(request as IncomingMessage, response as ServerResponse, next as () => void);
    useInFront(instance, use);
    instance.addHook('onRegister', (context) => useInFront(context, use));
  },
};

/** Gives Fastify's requests the properties that Node's have. */
function decorateRequests(instance: FastifyInstance, properties: readonly RequestProperty[]): void {
  const taken = properties.find(({ key }) => instance.hasRequestDecorator(key));
  if (taken) {
    throw new InvalidOptionsError(
      'requestKey',
      `Fastify's requests have a property "${taken.key}" already`,
      'Remove the plugin that adds it, or choose another "requestKey".',
    );
  }
  for (const { key, get, set } of properties) instance.decorateRequest(key, { getter: get, setter: set });
}

/**
 * Middleware runs in a hook of its own, which `NestFactory` has added before there is any module, and so in front of ours. There the sessions are
 * attached by the first middleware, which is used as soon as there is a second one: without any, requests do not pay for it.
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
