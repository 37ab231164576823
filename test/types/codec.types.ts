import {
  ClientSessionsError,
  type ClientSessionsErrorCode,
  createSessionCodec,
  InvalidOptionsError,
  type KeyWeight,
  type RefusalReason,
  type SealTimes,
  type SessionCodec,
  type SessionContent,
  SessionTooLargeError,
  type Unsealed,
  UnknownSessionError,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from './expect.js';

interface Cart {
  items: string[];
}

declare const secret: string;

export const untyped: SessionCodec = createSessionCodec({ secret });
export const cart: SessionCodec<Cart> = createSessionCodec<Cart>({
  name: 'cart',
  secret: [secret],
  duration: '120 days',
  now: () => 0,
});

export function seals(): void {
  expectType<Equals<ReturnType<typeof cart.seal>, string>>();
  cart.seal({ items: [] });
  cart.seal({ items: [] }, { createdAt: 0, expiresAt: 1 });
  cart.seal({ items: [] }, {} satisfies SealTimes);
  untyped.seal({ anything: 1 });
  // @ts-expect-error -- other content
  cart.seal({ crat: [] });
  // @ts-expect-error -- times are numbers
  cart.seal({ items: [] }, { expiresAt: new Date() });
  // @ts-expect-error -- several sessions have several codecs
  createSessionCodec({ secret, sessions: [{ name: 'cart' }] });
  // @ts-expect-error -- "save" is a method of the session
  createSessionCodec<{ save: string }>({ secret });
}

// What was opened has content only after it was asked whether it opened.
export function opens(value: string): Cart | RefusalReason {
  const opened = cart.unseal(value);
  expectType<Equals<typeof opened, Unsealed<Cart>>>();
  // @ts-expect-error -- not known to be open yet
  void opened.content;
  // @ts-expect-error -- not known to be refused yet
  void opened.reason;
  if (!opened.ok) {
    expectType<Equals<typeof opened.reason, RefusalReason>>();
    return opened.reason;
  }
  expectType<Equals<typeof opened.content, Cart>>();
  expectType<Equals<typeof opened.expiresAt, number>>();
  expectType<Equals<typeof opened.stale, boolean>>();
  // @ts-expect-error -- readonly
  opened.createdAt = 0;
  return opened.content;
}

export function opensUntyped(value: string): void {
  const opened = untyped.unseal(value);
  if (opened.ok) expectType<Equals<typeof opened.content, SessionContent>>();
}

export function tellsErrorsApart(error: unknown): ClientSessionsErrorCode | undefined {
  if (error instanceof InvalidOptionsError) {
    expectType<Equals<typeof error.code, 'ERR_INVALID_OPTIONS'>>();
    expectType<Equals<typeof error.option, string>>();
  }
  if (error instanceof SessionTooLargeError)
    expectType<Equals<typeof error.heaviest, readonly KeyWeight[]>>();
  if (error instanceof UnknownSessionError) expectType<Equals<typeof error.known, readonly string[]>>();
  // @ts-expect-error -- the base of all errors stands for no error
  void new ClientSessionsError('');
  return error instanceof ClientSessionsError ? error.code : undefined;
}
