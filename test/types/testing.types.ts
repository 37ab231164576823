import type { INestApplication } from '@nestjs/common';
import { defineSession } from 'nestjs-client-sessions';
import {
  chaos,
  type ChaosReport,
  fakeSession,
  type SessionInResponse,
  type SessionMatchers,
  sessionMatchers,
  type TestBrowser,
  testSessions,
} from 'nestjs-client-sessions/testing';
import { type Equals, expectType } from './expect.js';

interface Login {
  userId?: string;
  visits: number;
}

const Auth = defineSession<Login>('auth', { defaults: { visits: 0 } });
const Cart = defineSession<{ items?: string[] }>('cart');

declare const app: INestApplication;
declare const injected: {
  headers: Record<string, string | string[] | number | undefined>;
  statusCode: number;
};
declare const expected: SessionMatchers<void>;

export async function visits(): Promise<void> {
  const sessions = testSessions(app);
  const headers = sessions.as(Auth, { userId: '42' });
  await fetch('http://127.0.0.1', { headers });
  sessions.as([Auth, { userId: '42' }], [Cart, { items: ['tea'] }]);
  sessions.as(Auth, {}, { createdAt: 0 });
  // @ts-expect-error -- a number is no text
  sessions.as(Auth, { userId: 42 });
  // @ts-expect-error -- each content belongs to its session
  sessions.as([Auth, { userId: '42' }], [Cart, { userId: '42' }]);
  // @ts-expect-error -- times are numbers
  sessions.cookie(Auth, {}, { createdAt: new Date() });

  const browser: TestBrowser = sessions.browser().as(Auth, { visits: 1 }).as(Cart, {});
  expectType<Equals<ReturnType<typeof browser.get>, Promise<Response>>>();
  const read = sessions.read(await browser.get('/'), Auth);
  expectType<Equals<typeof read, SessionInResponse<Login> | undefined>>();
  sessions.read(injected, Auth);
  const kept = browser.session(Cart);
  expectType<Equals<typeof kept, { items?: string[] } | undefined>>();
  sessions.clock.advance('2 days');
}

export function fakes(): void {
  const auth = fakeSession(Auth, { userId: '42' });
  expectType<Equals<typeof auth.userId, string | undefined>>();
  auth.reset(['userId']);
  // @ts-expect-error -- no key of it
  auth.reset(['crat']);
  // @ts-expect-error -- no content of it
  fakeSession(Auth, { items: [] });
}

export function matches(): void {
  sessionMatchers(testSessions(app)) satisfies Record<string, (...args: never[]) => unknown>;
  expected.toHaveSession(Auth, { userId: '42' });
  expected.toClearSession(Auth);
  // @ts-expect-error -- a number is no text
  expected.toHaveSession(Auth, { userId: 42 });
}

export async function races(): Promise<void> {
  const report = await chaos(app, {
    scenario: async (browser) => [() => browser.get('/'), () => browser.post('/', { a: 1 })],
    check: (browser) => browser.session(Auth)?.visits,
  });
  expectType<Equals<typeof report, ChaosReport>>();
  // @ts-expect-error -- requests are functions
  await chaos(app, { scenario: async (browser) => [browser.get('/')], check: () => undefined });
}
