import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { RequestProperty } from '../../http/request-property.js';
import { linkFrameworkRequest } from '../../http/secure-request.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly protocol: string;
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

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
}

/**
 * Gives Fastify's requests the properties that Node's have, and Node's requests Fastify's judgement of the protocol.
 *
 * @param offer called with Node's own request and response, after middleware and before guards
 * @throws {@link InvalidOptionsError} when something else occupies a property
 */
export function decorateFastify(
  instance: FastifyInstance,
  properties: readonly RequestProperty[],
  offer: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  for (const { key, get, set } of properties) {
    if (instance.hasRequestDecorator(key)) {
      throw new InvalidOptionsError(
        'requestKey',
        `Fastify's requests have a property "${key}" already`,
        'Remove the plugin that adds it, or choose another "requestKey".',
      );
    }
    instance.decorateRequest(key, { getter: get, setter: set });
  }
  instance.addHook('onRequest', (request, reply, done) => {
    linkFrameworkRequest(request.raw, request);
    offer(request.raw, reply.raw);
    done();
  });
}
