import { Controller, Get, Injectable, Param, type PipeTransform } from '@nestjs/common';
import {
  ClientSession,
  type ContentShape,
  getSession,
  getSessionInfo,
  InjectSessionOptions,
  type RefusalReason,
  type ResolvedSessionOptions,
  Session,
  type SessionContent,
  type SessionInfo,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from './expect.js';

interface Cart {
  items: string[];
  total?: number;
  owner: { readonly name: string; age: number };
}

class Preferences {
  theme: 'dark' | 'light' = 'dark';
}

// Content: plain properties of the type that was asked for.
export function readsAndWrites(cart: Session<Cart>, preferences: Session<Preferences>): void {
  expectType<Equals<typeof cart.items, string[]>>();
  expectType<Equals<typeof cart.total, number | undefined>>();
  expectType<Equals<typeof preferences.theme, 'dark' | 'light'>>();
  cart.items.push('tea');
  cart.total = 33;
  cart.owner.age += 1;
  delete cart.total;
  preferences.theme = 'light';
  const content: Cart = cart;
  void content;
  // @ts-expect-error -- wrong type
  cart.total = '33';
  // @ts-expect-error -- unknown key
  cart.crat = 1;
  // @ts-expect-error -- readonly in the content's own type
  cart.owner.name = 'Ada';
  // @ts-expect-error -- a required key cannot be deleted
  delete cart.items;
}

// Without a type argument anything may be stored, and nothing is known about what is read.
export function readsUntyped(session: Session): void {
  expectType<Equals<typeof session.anything, unknown>>();
  session.anything = { deep: [1, 2] };
  delete session.anything;
}

// Methods can neither be assigned nor deleted, whatever the content is.
export function keepsItsMethods(cart: Session<Cart>, session: Session): void {
  // @ts-expect-error -- a method
  cart.reset = () => undefined;
  // @ts-expect-error -- a method
  cart.destroy = () => undefined;
  // @ts-expect-error -- a method
  cart['setDuration'] = () => undefined;
  // @ts-expect-error -- a method
  session.regenerate = () => undefined;
  // @ts-expect-error -- a method
  session.save = () => undefined;
  // @ts-expect-error -- a method
  delete session.reset;
}

// Content cannot have their names, not even optionally or behind an alias.
// @ts-expect-error -- "reset" is a method of the session
export type WithReset = Session<{ reset: string }>;
// @ts-expect-error -- "destroy" is a method of the session
export type WithDestroy = ClientSession<{ destroy?: boolean; items: string[] }>;
// @ts-expect-error -- "setDuration" is a method of the session
export type WithSetDuration = Session<{ setDuration: number }>;
// @ts-expect-error -- "regenerate" is a method of the session
export type WithRegenerate = Session<Cart & { regenerate: 1 }>;
// @ts-expect-error -- "save" is a method of the session
export type WithSave = Session<Cart | { save: () => void }>;
// @ts-expect-error -- "__proto__" is no plain property in JavaScript
export type WithProto = Session<{ ['__proto__']: object }>;
// @ts-expect-error -- content is an object
export type WithText = Session<string>;
export type WithNothing = Session<object>;
export type WithPartial = Session<Partial<Cart>>;
export type WithRecord = Session<Record<string, number>>;
export type WithAnyKey = Session<Record<'a' | 'b', string>>;

// A function that is generic over sessions says so.
export function clear<T extends ContentShape<T>>(session: Session<T>): T {
  session.reset();
  return session;
}

export function callsMethods(cart: Session<Cart>, session: Session, preferences: Preferences): void {
  cart.reset();
  cart.reset(['items', 'owner']);
  session.reset(['csrf']);
  // @ts-expect-error -- no key of the content
  cart.reset(['crat']);
  // @ts-expect-error -- a list, not a name
  cart.reset('items');
  cart.destroy();
  cart.setDuration(1000);
  cart.setDuration('30 days', true);
  // @ts-expect-error -- ephemeral is a boolean
  cart.setDuration(1000, 'yes');
  // @ts-expect-error -- no Date
  cart.setDuration(new Date());
  cart.regenerate();
  cart.regenerate((error) => expectType<Equals<typeof error, unknown>>());
  cart.save((error) => expectType<Equals<typeof error, unknown>>());
  expectType<Equals<ReturnType<typeof cart.save>, void>>();
  clear(cart);
  // @ts-expect-error -- a plain object is no session
  clear<Preferences>(preferences);
}

export function asksForSessions(request: object): void {
  const untyped = getSession(request);
  expectType<Equals<typeof untyped, Session>>();
  const cart = getSession<Cart>(request, 'cart');
  expectType<Equals<typeof cart, Session<Cart>>>();
  expectType<Equals<typeof cart.items, string[]>>();
  // @ts-expect-error -- no request
  getSession('request');
  // @ts-expect-error -- "reset" is a method of the session
  getSession<{ reset: string }>(request);
}

export function asksForMetadata(cart: Session<Cart>): void {
  const info = getSessionInfo(cart);
  expectType<Equals<typeof info, SessionInfo>>();
  expectType<Equals<typeof info.createdAt, number>>();
  expectType<Equals<typeof info.id, string | undefined>>();
  expectType<Equals<typeof info.refused, RefusalReason | undefined>>();
  // @ts-expect-error -- metadata cannot be changed
  info.expiresAt = 0;
}

@Injectable()
class CartPipe implements PipeTransform<Session<Cart>, string[]> {
  transform(cart: Session<Cart>): string[] {
    return cart.items;
  }
}

@Injectable()
export class CartService {
  constructor(
    @InjectSessionOptions() readonly first: ResolvedSessionOptions,
    @InjectSessionOptions('cart') readonly cart: ResolvedSessionOptions,
  ) {}
}

// As a parameter's decorator and its type at once, beside other decorators.
@Controller()
export class CartController {
  @Get()
  first(@Session() session: Session): SessionContent {
    return session;
  }

  @Get('cart/:id')
  named(@Session('cart') cart: Session<Cart>, @Param('id') id: string): string {
    return cart.items.join(id);
  }

  @Get('alias')
  alias(@ClientSession('cart') cart: ClientSession<Cart>): number {
    return cart.items.length;
  }

  @Get('piped')
  piped(
    @Session('cart', CartPipe) items: string[],
    @Session('cart', new CartPipe(), CartPipe) again: string[],
  ): string[] {
    return [...items, ...again];
  }

  @Get('refused')
  // @ts-expect-error -- no name
  refused(@Session(1) session: Session): SessionContent {
    return session;
  }
}
