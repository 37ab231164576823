import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { getSession } from 'nestjs-client-sessions';
import type { Visit } from './sessions.js';

/** Lets in only visitors who have logged in. */
@Injectable()
export class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (getSession<Visit>(context).user) return true;
    throw new UnauthorizedException('Log in to see this page.');
  }
}
