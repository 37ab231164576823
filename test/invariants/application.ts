import fc from 'fast-check';
import { DAY, HOUR, MINUTE } from '../support/session.js';

/** What carries requests: no server at all, `node:http` without a framework, or Nest on a platform. */
export type HostName = 'memory' | 'http' | 'express' | 'fastify';

export interface Lifetimes {
  readonly duration: number;
  readonly activeDuration: number;
  readonly absoluteDuration: number | undefined;
  readonly idleDuration: number | undefined;
}

/** Where the cookie of a session lives in browsers. */
export interface Scope {
  readonly cookieName: string;
  readonly path: string;
}

/** What one release of the application says of a session. */
export interface SessionRelease {
  readonly lifetimes: Lifetimes;
  readonly version: number;
  readonly scope: Scope;
}

/** What hands out objects that visitors must not share: nothing, defaults, a schema, or a codec. */
export const CONTENT_KINDS = ['plain', 'defaults', 'schema', 'codec'] as const;

export interface SessionPlan {
  readonly name: string;
  readonly kind: (typeof CONTENT_KINDS)[number];
  readonly isLogin: boolean;
  readonly hasId: boolean;
  readonly isChunked: boolean;
  /** Release 0 writes the format of client-sessions, and release 1 reads it. */
  readonly isLegacy: boolean;
  readonly memo: number;
  readonly onNewer: 'keep' | 'reset';
  /** Two releases, which can be deployed back and forth. */
  readonly releases: readonly [SessionRelease, SessionRelease];
}

export interface ApplicationPlan {
  readonly host: HostName;
  readonly sessions: readonly SessionPlan[];
}

/** `auth` can be a login. */
const NAMES = ['auth', 'cart', 'prefs'] as const;

/** All of them reach a page below /shop. */
const scopesOf = (name: string): readonly Scope[] => [
  { cookieName: name, path: '/' },
  { cookieName: `old-${name}`, path: '/' },
  { cookieName: name, path: '/shop' },
];

const session = (name: string): fc.Arbitrary<SessionPlan> =>
  fc
    .record({
      kind: fc.constantFrom(...CONTENT_KINDS),
      isLogin: name === 'auth' ? fc.boolean() : fc.constant(false),
      hasId: fc.boolean(),
      isChunked: fc.boolean(),
      isLegacy: fc.nat(7).map((n) => n === 7),
      isIdle: fc.boolean(),
      memo: fc.constantFrom(500, 1, 0),
      onNewer: fc.constantFrom('keep' as const, 'reset' as const),
      durations: fc.tuple(duration, duration),
      activeDurations: fc.tuple(active, active),
      idleDuration: fc.constantFrom(30 * MINUTE, 3 * HOUR),
      ceiling: fc.constantFrom(undefined, 1, 1.5, 3),
      versions: fc.tuple(version, version),
      scopes: fc.tuple(fc.constantFrom(...scopesOf(name)), fc.constantFrom(...scopesOf(name))),
    })
    .map(({ durations, activeDurations, idleDuration, ceiling, versions, scopes, isIdle, ...plan }) => {
      // The old format carries neither versions nor ids, and a session in it has one cookie.
      const { isLegacy } = plan;
      const release = (i: 0 | 1): SessionRelease => ({
        lifetimes: {
          duration: durations[i],
          activeDuration: isLegacy ? 0 : activeDurations[i],
          absoluteDuration: isLegacy || ceiling === undefined ? undefined : Math.max(...durations) * ceiling,
          idleDuration: isIdle && !isLegacy ? idleDuration : undefined,
        },
        version: isLegacy ? 1 : versions[i],
        scope: isLegacy ? scopesOf(name)[0]! : scopes[i],
      });
      return {
        name,
        ...plan,
        ...(isLegacy && { isLogin: false, hasId: false, isChunked: false, kind: 'plain' as const }),
        releases: [release(0), release(1)],
      };
    });

const duration = fc.constantFrom(DAY, HOUR, 120 * DAY);
const active = fc.constantFrom(0, 30 * MINUTE);
const version = fc.constantFrom(1, 2, 3);

/** Any application on one of these hosts. */
export function application(...hosts: readonly HostName[]): fc.Arbitrary<ApplicationPlan> {
  return fc
    .record({
      host: fc.constantFrom(...hosts),
      count: fc.integer({ min: 1, max: 3 }),
      sessions: fc.tuple(...NAMES.map(session)),
    })
    .map(({ host, count, sessions }) => ({ host, sessions: sessions.slice(0, count) }));
}

/**
 * One session that needs several cookies, and whose cookies another release writes for another path. A browser then
 * has several of one name after few requests.
 */
export function movingApplication(...hosts: readonly HostName[]): fc.Arbitrary<ApplicationPlan> {
  const [here, , below] = scopesOf('cart');
  return fc
    .record({ plan: application(...hosts), own: session('cart'), isBack: fc.boolean() })
    .filter(({ own }) => !own.isLegacy)
    .map(({ plan, own, isBack }) => {
      const [first, second] = own.releases;
      const scopes = isBack ? [below!, here!] : [here!, below!];
      const releases = [
        { ...first, scope: scopes[0]! },
        { ...second, scope: scopes[1]! },
      ] as const;
      return { ...plan, sessions: [{ ...own, isChunked: true, releases }] };
    });
}
