import { z } from 'zod';
import {
  createSessionCodec,
  defineSession,
  getSession,
  InjectSession,
  RequireSession,
  Session,
  type SessionDefinition,
  type SessionOf,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from '../types/expect.js';

interface Auth {
  userId?: number;
}
interface Settings {
  theme: string;
  zoom?: number;
}

const auth = defineSession<Auth>('auth', { duration: '1 day' });
const bare = defineSession('bare');
const settings = defineSession<Settings>('settings', { defaults: { theme: 'light' } });
const cart = defineSession('cart', {
  schema: z.object({ items: z.array(z.string()).default([]), since: z.date().optional() }),
  version: 2,
  migrate: { 1: (old: { list?: string[] }) => ({ items: old.list ?? [] }) },
});

export function definesContent(request: object): void {
  expectType<Equals<typeof auth, SessionDefinition<Auth>>>();
  expectType<Equals<typeof bare, SessionDefinition<Record<string, unknown>>>>();
  expectType<Equals<(typeof cart)['content']['items'], string[]>>();
  expectType<Equals<(typeof cart)['content']['since'], Date | undefined>>();
  expectType<Equals<SessionOf<typeof settings>['theme'], string>>();

  const session = getSession(request, cart);
  session.items.push('tea');
  session.reset(['items']);
  // @ts-expect-error -- no such key
  session.reset(['total']);
  // @ts-expect-error -- no such content
  session.total = 1;
  // @ts-expect-error -- wrong content
  session.items = [1];
  // @ts-expect-error -- a method is no content
  session.destroy = 'no';

  const opened = createSessionCodec(cart.with('secret')).unseal('text');
  if (opened.ok) expectType<Equals<typeof opened.content.items, string[]>>();
  // @ts-expect-error -- wrong content
  createSessionCodec(settings.with('secret')).seal({ theme: 1 });
}

export function readsOptionsWithoutSecrets(): void {
  expectType<Equals<typeof auth.options.cookieName, string | undefined>>();
  // @ts-expect-error -- whoever has a definition does not get at its secret
  void auth.options.secret;
  // @ts-expect-error -- readonly
  auth.options.duration = '2 days';
}

export function refusesDefinitions(): void {
  // @ts-expect-error -- a fresh session would lack its theme
  defineSession<Settings>('settings');
  // @ts-expect-error -- nor do these defaults have it
  defineSession<Settings>('settings', { defaults: { zoom: 1 } });
  // @ts-expect-error -- a method of sessions
  defineSession<{ reset: string }>('reset');
  // @ts-expect-error -- what it returns is a number, what it takes is text
  defineSession('n', { schema: z.object({ n: z.string().transform(Number) }) });
  // @ts-expect-error -- the name stands in front
  defineSession<Auth>('auth', { name: 'other' });
  // @ts-expect-error -- no such policy
  defineSession<Auth>('auth', { onInvalid: 'ignore' });
}

export class Controller {
  @RequireSession(auth, ({ userId }) => userId !== undefined)
  add(
    @Session(cart) session: SessionOf<typeof cart>,
    @Session(auth) login: SessionOf<typeof auth>,
  ): number | undefined {
    session.items = [];
    return login.userId;
  }
}

export class Service {
  @InjectSession() readonly first!: SessionOf<typeof auth>;

  constructor(
    @InjectSession(cart) readonly basket: SessionOf<typeof cart>,
    @InjectSession('auth') readonly login: Session<Auth>,
  ) {
    expectType<Equals<typeof basket.items, string[]>>();
    basket.reset(['since']);
  }
}
// @ts-expect-error -- neither name nor definition
InjectSession({ name: 'cart' });
// @ts-expect-error -- no such content
RequireSession(auth, ({ name }) => name !== undefined);
