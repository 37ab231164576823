import {
  clientSessions,
  ClientSessionsModule,
  createSessionCodec,
  defineSession,
  type SessionOptions,
} from 'nestjs-client-sessions';

// A variable that is not set is refused at start, with words. It compiles, under exactOptionalPropertyTypes, too.
const { SESSION_SECRET, SESSION_SECRET_NEXT, ROTATED_AT, LEAKED } = process.env;

export const oneOf: SessionOptions = { secret: process.env['SESSION_SECRET'] };

export const listOf: SessionOptions = {
  secret: [process.env.SESSION_SECRET, process.env.SESSION_SECRET_NEXT],
};

export const constantListOf: SessionOptions = { secret: [SESSION_SECRET, SESSION_SECRET_NEXT] as const };

export const planned: SessionOptions = {
  secret: [
    { secret: SESSION_SECRET_NEXT, notBefore: ROTATED_AT },
    { secret: SESSION_SECRET, expires: undefined, revoked: LEAKED ? true : undefined },
    process.env['SESSION_SECRET_OLD'],
  ],
};

export const fetched: SessionOptions = { secret: () => [SESSION_SECRET, SESSION_SECRET_NEXT] };
export const fetchedOne: SessionOptions = { secret: () => SESSION_SECRET };
export const fetchedLater: SessionOptions = { secret: () => Promise.resolve([SESSION_SECRET]) };

export function accepts(): void {
  const secret = [SESSION_SECRET, SESSION_SECRET_NEXT];
  ClientSessionsModule.forRoot({ secret });
  ClientSessionsModule.forRoot({ secret, sessions: [{ name: 'cart', secret: SESSION_SECRET }] });
  ClientSessionsModule.forRootAsync({ useFactory: () => ({ secret }) });
  clientSessions({ secret });
  createSessionCodec({ secret });
  defineSession('cart').with(secret);
  // @ts-expect-error -- nothing is no secret
  clientSessions({ secret: [SESSION_SECRET, null] });
}
