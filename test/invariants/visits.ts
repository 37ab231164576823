import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND } from '../support/session.js';

/** What a handler does with one session. */
export type Act =
  | { readonly type: 'look' | 'push' | 'save' | 'reload' | 'destroy' | 'logout' | 'refused' }
  | { readonly type: 'set'; readonly key: string; readonly shape: number }
  | { readonly type: 'drop'; readonly key: string }
  | { readonly type: 'replace'; readonly shape: number }
  | { readonly type: 'grow'; readonly length: number }
  | { readonly type: 'reset' | 'regenerate'; readonly keep: readonly string[] }
  | { readonly type: 'setDuration'; readonly duration: number; readonly ephemeral: boolean | undefined }
  | { readonly type: 'login'; readonly user: string }
  | { readonly type: 'endAll'; readonly isExcepted: boolean };

/** What a request does: acts, each with one of the sessions. */
export interface Visit {
  readonly browser: number;
  readonly acts: readonly { readonly session: number; readonly act: Act }[];
  /** Whether a form of another site sends it, so that the browser withholds its cookies. */
  readonly isCrossSite: boolean;
  /** Whether the handler changes its first session once more when the response has left. */
  readonly isLate: boolean;
}

export type Tampering = 'flip' | 'cut' | 'rename' | 'plant' | 'restore' | 'forget';
export type KeyChange = 'add' | 'retire' | 'revoke oldest' | 'revoke newest' | 'revoke by a broken list';

export type Step =
  | ({ readonly type: 'visit' | 'send' } & Visit)
  /** Of the requests that are under way, this one goes on. */
  | { readonly type: 'answer' | 'arrive' | 'abort'; readonly which: number }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'keys'; readonly change: KeyChange }
  | { readonly type: 'deploy' }
  | { readonly type: 'endAll'; readonly user: string }
  | {
      readonly type: 'tamper';
      readonly browser: number;
      readonly how: Tampering;
      readonly which: number;
      readonly at: number;
    };

/** Longer than what random text is likely to hold. */
export const USERS = ['ada-lovelace', 'grace-hopper'] as const;
export const BROWSERS = 3;

const keys = fc.constantFrom('a', 'b', 'c');
const nat = fc.nat(1000);
const plain = <Type extends string>(...types: Type[]): fc.Arbitrary<{ readonly type: Type }> =>
  fc.constantFrom(...types).map((type) => ({ type }));
const of = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

const act: fc.Arbitrary<Act> = fc.oneof(
  of(6, plain('look')),
  of(6, fc.record({ type: fc.constant('set' as const), key: keys, shape: fc.nat(5) })),
  of(4, plain('push')),
  of(2, plain('destroy')),
  of(1, plain('save', 'reload', 'refused')),
  of(1, fc.record({ type: fc.constant('drop' as const), key: keys })),
  of(1, fc.record({ type: fc.constant('replace' as const), shape: fc.nat(5) })),
  of(1, fc.record({ type: fc.constant('grow' as const), length: fc.constantFrom(100, 2_600, 3_300, 9_000) })),
  of(
    2,
    fc.record({
      type: fc.constantFrom('reset' as const, 'regenerate' as const),
      keep: fc.subarray(['a', 'user', 'list']),
    }),
  ),
  of(
    1,
    fc.record({
      type: fc.constant('setDuration' as const),
      duration: fc.constantFrom(5 * MINUTE, 2 * HOUR, 10 * DAY),
      ephemeral: fc.constantFrom(undefined, true, false),
    }),
  ),
  of(3, fc.record({ type: fc.constant('login' as const), user: fc.constantFrom(...USERS) })),
  of(2, plain('logout')),
  of(1, fc.record({ type: fc.constant('endAll' as const), isExcepted: fc.boolean() })),
);

const visit: fc.Arbitrary<Visit> = fc.record({
  browser: fc.nat(BROWSERS - 1),
  acts: fc.array(fc.record({ session: fc.nat(2), act }), { minLength: 1, maxLength: 3 }),
  isCrossSite: fc.nat(19).map((n) => n === 19),
  isLate: fc.nat(19).map((n) => n === 19),
});

/** A visit that looks, or changes little or much. */
const simpleVisit: fc.Arbitrary<Visit> = fc
  .oneof(
    of(2, plain('look')),
    of(3, fc.record({ type: fc.constant('set' as const), key: keys, shape: fc.nat(5) })),
    of(2, fc.record({ type: fc.constant('grow' as const), length: fc.constantFrom(100, 3_300, 9_000) })),
    of(1, plain('destroy')),
  )
  .map((only) => ({ browser: 0, acts: [{ session: 0, act: only }], isCrossSite: false, isLate: false }));

const pass = fc.constantFrom(
  SECOND,
  10,
  5 * MINUTE,
  19 * MINUTE,
  31 * MINUTE,
  50 * MINUTE,
  3 * HOUR,
  13 * HOUR,
  2 * DAY,
  -SECOND,
  -20 * SECOND,
);

const step: fc.Arbitrary<Step> = fc.oneof(
  of(
    10,
    visit.map((each) => ({ type: 'visit' as const, ...each })),
  ),
  of(
    5,
    visit.map((each) => ({ type: 'send' as const, ...each })),
  ),
  of(4, fc.record({ type: fc.constant('answer' as const), which: nat })),
  of(4, fc.record({ type: fc.constant('arrive' as const), which: nat })),
  of(1, fc.record({ type: fc.constant('abort' as const), which: nat })),
  of(5, fc.record({ type: fc.constant('pass' as const), ms: pass })),
  of(
    2,
    fc.record({
      type: fc.constant('keys' as const),
      change: fc.constantFrom<KeyChange>(
        'add',
        'retire',
        'revoke oldest',
        'revoke newest',
        'revoke by a broken list',
      ),
    }),
  ),
  of(2, fc.constant({ type: 'deploy' as const })),
  of(1, fc.record({ type: fc.constant('endAll' as const), user: fc.constantFrom(...USERS) })),
  of(
    2,
    fc.record({
      type: fc.constant('tamper' as const),
      browser: fc.nat(BROWSERS - 1),
      how: fc.constantFrom<Tampering>('flip', 'cut', 'rename', 'plant', 'restore', 'forget'),
      which: nat,
      at: nat,
    }),
  ),
);

const simpleStep: fc.Arbitrary<Step> = fc.oneof(
  of(
    4,
    simpleVisit.map((each) => ({ type: 'visit' as const, ...each })),
  ),
  of(
    3,
    simpleVisit.map((each) => ({ type: 'send' as const, ...each })),
  ),
  of(3, fc.record({ type: fc.constant('answer' as const), which: nat })),
  of(3, fc.record({ type: fc.constant('arrive' as const), which: nat })),
  of(2, fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(5 * SECOND, 5 * MINUTE) })),
  of(2, fc.constant({ type: 'deploy' as const })),
);

/** One browser whose answers arrive in any order, while releases change. */
export const lateProgram: fc.Arbitrary<readonly Step[]> = fc.array(simpleStep, {
  maxLength: 28,
  size: 'max',
});

/** Any course of events. */
export const program: fc.Arbitrary<readonly Step[]> = fc.array(step, { maxLength: 28, size: 'max' });
