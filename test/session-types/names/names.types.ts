import type { Request } from 'express';
import type { FastifyRequest } from 'fastify';
import {
  getSession,
  getSessionToken,
  InjectSession,
  InjectSessionOptions,
  RequireSession,
  Session,
  type SessionName,
  type SessionOf,
  type SessionProperties,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from '../../types/expect.js';

declare module 'nestjs-client-sessions' {
  interface SessionTypes {
    cart: { items?: string[] };
    auth: { userId?: number };
  }
}

export function namesAreTyped(request: Request, fastify: FastifyRequest & SessionProperties): void {
  expectType<Equals<SessionName, 'cart' | 'auth'>>();
  expectType<Equals<SessionOf<'cart'>['items'], string[] | undefined>>();
  expectType<Equals<typeof request.cart.items, string[] | undefined>>();
  expectType<Equals<typeof fastify.auth.userId, number | undefined>>();
  getSession(request, 'cart').items = ['tea'];
  getSession(request, 'auth').reset(['userId']);
  // @ts-expect-error -- wrong content
  getSession(request, 'cart').items = 'tea';
  // @ts-expect-error -- no such session
  getSession(request, 'crat');
}

export class Controller {
  add(@Session('cart') cart: SessionOf<'cart'>): void {
    cart.items?.push('tea');
  }
}
// @ts-expect-error -- no such session
Session('crat');
InjectSession('cart');
InjectSessionOptions('auth');
getSessionToken('cart');
RequireSession('auth', (auth) => auth.userId === 42);
// @ts-expect-error -- no such key
RequireSession('auth', (auth) => auth.items !== undefined);
// @ts-expect-error -- no such session
InjectSessionOptions('crat');
// @ts-expect-error -- no such session
getSessionToken('crat');
// @ts-expect-error -- no such session
InjectSession('crat');
