import type { IncomingMessage, ServerResponse } from 'node:http';
import { definePropertyOfAll } from '../../http/request-property.js';
import { RequestSessions } from '../../http/request-sessions.js';
import { enterRequest } from '../current-request.js';
import type { Platform } from './platform.js';

/** The part of an Express application that is needed here, so that Express stays optional. */
interface ExpressApplication {
  /** The prototype of all its requests. Each application has its own. */
  readonly request: object;
  /** The prototype of all its responses. It inherits from the one of all Express applications. */
  readonly response: object;
  /** What each request passes first, in front of all middleware. */
  handle: (request: IncomingMessage, ...rest: unknown[]) => unknown;
}

interface ExpressRequest extends IncomingMessage {
  readonly res?: ServerResponse;
}

/**
 * All requests of an Express application share one prototype. What stands on it attaches the sessions when a
 * request first asks for one, so that no middleware is needed. `app.use()` would come too early in a
 * constructor, where it fixes `strict routing`, and too late afterwards, behind the middleware that `main.ts`
 * uses.
 */
export const express: Platform<ExpressApplication> = {
  type: 'express',

  mount(application, middleware, isEverywhere) {
    if (!isEverywhere) return;
    const { request, response } = application;
    middleware.whenInjected(() => enterRequests(application));
    // A handler may hand its response on to another Express application.
    RequestSessions.prepareHeadsOfAll(Object.getPrototypeOf(response) as ServerResponse);
    for (const property of middleware.properties) definePropertyOfAll(request, property);
    RequestSessions.attachWhenAsked(
      request,
      (each: ExpressRequest) =>
        // An object that requests inherit from has no response, and its sessions would be everybody's.
        each.res && middleware.attach(originalOf(each, each.res), each.res, true),
    );
  },
};

/** Code of the application may have made an object that inherits from the request. */
function originalOf(request: ExpressRequest, { req }: ServerResponse): IncomingMessage {
  return Object.prototype.isPrototypeOf.call(req, request) ? req : request;
}

/** Lets providers know which request is under way. Applications that do not ask for it are left as they are. */
function enterRequests(application: ExpressApplication): void {
  const { handle } = application;
  application.handle = function (this: unknown, request, ...rest) {
    return enterRequest(request, () => handle.call(this as ExpressApplication, request, ...rest));
  };
}
