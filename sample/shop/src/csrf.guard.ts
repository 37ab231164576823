import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, ForbiddenException, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { getSession } from 'nestjs-client-sessions';
import type { Visit } from './sessions.js';

/** Gives every visitor a token, and takes no form without it. */
@Injectable()
export class CsrfGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, body } = context
      .switchToHttp()
      .getRequest<Request<unknown, unknown, { csrf?: unknown }>>();
    const session = getSession<Visit>(context);
    session.csrf ??= randomBytes(16).toString('base64url');
    if (method === 'GET' || method === 'HEAD' || isEqual(body?.csrf, session.csrf)) return true;
    throw new ForbiddenException('The form is out of date. Go back, reload the page and send it again.');
  }
}

function isEqual(given: unknown, expected: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
