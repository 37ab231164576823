import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, ForbiddenException, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { getSession } from 'nestjs-client-sessions';
import type { Visit } from './sessions.js';

/** Gives a token to every visitor who looks at a page, and refuses forms without it. */
@Injectable()
export class CsrfGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, body } = context
      .switchToHttp()
      .getRequest<Request<unknown, unknown, { csrf?: unknown }>>();
    const session = getSession<Visit>(context);
    if (method === 'GET' || method === 'HEAD') {
      session.csrf ??= randomBytes(16).toString('base64url');
      return true;
    }
    // No token is made here. A form from another site comes without the cookie, and a session that begins now
    // would replace the visitor's session.
    if (session.csrf !== undefined && isEqual(body?.csrf, session.csrf)) return true;
    throw new ForbiddenException('The form is out of date. Go back, reload the page and send it again.');
  }
}

function isEqual(given: unknown, expected: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
