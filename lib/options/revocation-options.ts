import type { IncomingMessage } from 'node:http';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import type { LoginStore } from '../logins/login-store.js';
import type { StoreDownPolicy } from '../logins/revocations.js';
import { type SqliteLoginStore, sqliteLoginStore } from '../logins/sqlite-store.js';
import { type Duration, milliseconds } from '../session/duration.js';
import { assertListed } from './assert-listed.js';
import { assertObject } from './assert-object.js';

/** How logins are ended on all servers, for sessions with the option `subject`. */
export interface RevocationOptions {
  /**
   * Keeps which logins have ended. The default is a file of SQLite, for the processes of one machine; several machines
   * share Redis or Valkey, see `redisLogins()`.
   * @default sqliteLoginStore({ path: '.client-sessions/logins.sqlite' })
   */
  store?: LoginStore | undefined;
  /**
   * A process that has not heard from the store for this long refuses logins, because some may have ended. So an end
   * is in force everywhere after this time at the latest. From 1 second up to 10 minutes.
   * @default '5 seconds'
   */
  maxLag?: Duration | undefined;
  /**
   * What happens to requests with a login while the store does not answer. `'refuse'`: `LoginsUnavailableError`, a 503.
   * `'accept'`: they are served, also if their login has ended elsewhere.
   * @default 'refuse'
   */
  whenStoreIsDown?: StoreDownPolicy | undefined;
  /**
   * Describes the request that began a login, for `logins.list()`. The result must be fit for JSON, at most 4 KB, and
   * no promise. It is sealed before it is stored.
   * @default nothing is kept
   * @example describe: (request) => ({ device: request.headers['user-agent'] })
   */
  describe?: ((request: IncomingMessage) => unknown) | undefined;
}

/** Resolved {@link RevocationOptions}. */
export interface RevocationPolicy {
  /** Creates the store, or returns the given one. */
  readonly openStore: () => LoginStore;
  /** Whether this package opens the store, and has to close it. */
  readonly ownsStore: boolean;
  /** ms */
  readonly maxLag: number;
  readonly whenStoreIsDown: StoreDownPolicy;
  readonly describe: ((request: unknown) => unknown) | undefined;
}

const DEFAULT_PATH = '.client-sessions/logins.sqlite';
const KNOWN: Readonly<Record<keyof RevocationOptions, true>> = {
  store: true,
  maxLag: true,
  whenStoreIsDown: true,
  describe: true,
};
const METHODS: readonly (keyof SqliteLoginStore)[] = ['add', 'read', 'note', 'touch', 'list'];
const POLICIES: readonly unknown[] = ['refuse', 'accept'];
const SHORTEST_LAG = 1_000;
const LONGEST_LAG = 600_000;

/** @throws {@link InvalidOptionsError} */
export function resolveRevocations(given: RevocationOptions = {}): RevocationPolicy {
  assertObject(given, 'revocations', 'Give an object such as { store: redisLogins(client) }.');
  assertListed(given, KNOWN, 'revocations');
  const { store, maxLag: lag = 5_000, whenStoreIsDown = 'refuse', describe } = given;
  assertStore(store);
  const maxLag = milliseconds(lag, 'revocations.maxLag');
  if (maxLag < SHORTEST_LAG || maxLag > LONGEST_LAG) {
    throw new InvalidOptionsError(
      'revocations.maxLag',
      'must be at least 1 second and at most 10 minutes',
      "Give a duration such as '5 seconds'.",
    );
  }
  if (!POLICIES.includes(whenStoreIsDown)) {
    throw new InvalidOptionsError(
      'revocations.whenStoreIsDown',
      `must be a known policy, got ${shownValue(whenStoreIsDown)}`,
      "Use 'refuse' or 'accept'.",
    );
  }
  if (describe !== undefined && typeof describe !== 'function') {
    throw new InvalidOptionsError(
      'revocations.describe',
      'must be a function',
      'Give a function of the request, or leave it out.',
    );
  }
  return {
    openStore: () => store ?? sqliteLoginStore({ path: DEFAULT_PATH }),
    ownsStore: store === undefined,
    maxLag,
    whenStoreIsDown,
    describe: describe as RevocationPolicy['describe'],
  };
}

function assertStore(store: unknown): void {
  if (store === undefined) return;
  const given = store as Record<string, unknown> | null;
  if (METHODS.every((method) => typeof given?.[method] === 'function')) return;
  throw new InvalidOptionsError(
    'revocations.store',
    'must be a store of logins',
    "Give sqliteLoginStore({ path }), or redisLogins(client) from 'nestjs-client-sessions/redis'.",
  );
}
