import { type CanActivate, type ExecutionContext, ForbiddenException, Injectable } from '@nestjs/common';
import { csrfSync } from 'csrf-sync';
import type { Request } from 'express';
import { getSession } from 'nestjs-client-sessions';
import type { Visit } from './sessions.js';

const csrf = csrfSync({
  size: 16, // bytes; the default takes 256 characters of the cookie
  getTokenFromRequest: (request) => (request.body as { csrf?: string } | undefined)?.csrf,
  getTokenFromState: (request) => getSession<Visit>(request).csrf,
  storeTokenInState: (request, token) => {
    getSession<Visit>(request).csrf = token!;
  },
});

/** Gives a token to every visitor who looks at a page, and refuses forms without it. */
@Injectable()
export class CsrfGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    // A form gets no token. One from another site comes without the cookie, and a session that begins now would
    // replace the visitor's session.
    if (request.method === 'GET' || request.method === 'HEAD') csrf.generateToken(request);
    else if (!csrf.isRequestValid(request))
      throw new ForbiddenException('The form is out of date. Go back, reload the page and send it again.');
    return true;
  }
}
