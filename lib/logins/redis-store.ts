import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LoginStoreError } from '../errors/login-store.error.js';
import { type Duration, milliseconds } from '../session/duration.js';
import type { FactPage, ListedLogin, LoginStore, NotedLogin, StoredFact } from './login-store.js';
import { canWait, isCutOff, type RedisClient, RedisCommands } from './redis-client.js';

export interface RedisLoginOptions {
  /**
   * What the names of all keys begin with. Applications that share a Redis and not their logins need different ones.
   *
   * @default 'client-sessions:'
   */
  readonly prefix?: string | undefined;
  /**
   * Each command that takes longer fails: 50 ms to 10 s.
   *
   * @default '2 s'
   */
  readonly timeout?: Duration | undefined;
  /**
   * So many replicas have to confirm an end before it counts as stored: then it survives a failover. Redis holds the
   * client's connection until then. It needs a single connection: no pool, no Sentinel client of `redis` and no Cluster
   * of `ioredis`.
   *
   * @default 0
   */
  readonly waitForReplicas?: number | undefined;
}

const DEFAULT_PREFIX = 'client-sessions:';
const DEFAULT_TIMEOUT = '2 s';
const TIMEOUTS = { shortest: 50, longest: 10_000 };

/** At most this many facts are on their way at once, or read at once. */
const WRITTEN = 1000;
const READ = 5000;
const LISTED_LOGINS = 1000;

const HOUR = 3_600_000;

/** How an entry of the stream is laid out: a fact each. */
const TEXT = 'fact';
const UNTIL = 'until';

/** The number that Redis gives to an entry. */
const CURSOR = /^\d+-\d+$/;

interface Entry {
  readonly id: string;
  /** `undefined` if another program wrote it */
  readonly fact: StoredFact | undefined;
}

/**
 * Keeps in Redis or Valkey what all processes have to know of ended logins. The client is your application's own; it
 * stays open, and no command blocks its connection (but see `waitForReplicas`). The server has to be Redis from 6.2 on,
 * and should save to its disk (`appendonly yes`) and evict nothing (`maxmemory-policy noeviction`).
 *
 * With the default prefix, a user of Redis needs these permissions, and `+wait` for `waitForReplicas`:
 *
 * ```text
 * ~client-sessions:* +xadd +xrange +xrevrange +xtrim +zadd +zrange +zrem +zscore +hset +hmget +hdel +pexpire
 * ```
 *
 * The client itself may need more to connect, such as `+info`, or `+cluster|slots` for a cluster.
 *
 * @example redisLogins(new Redis('redis://127.0.0.1:6379'))
 * @throws {@link InvalidOptionsError} if the client is none of Redis, or an option cannot work
 */
export function redisLogins(client: RedisClient, options: RedisLoginOptions = {}): LoginStore {
  const { prefix = DEFAULT_PREFIX, timeout = DEFAULT_TIMEOUT, waitForReplicas = 0 } = options;
  if (typeof prefix !== 'string' || prefix === '')
    throw new InvalidOptionsError('prefix', 'must be a text', `Give one such as '${DEFAULT_PREFIX}'.`);
  const ms = milliseconds(timeout, 'timeout');
  const { shortest, longest } = TIMEOUTS;
  if (ms < shortest || ms > longest) {
    throw new InvalidOptionsError(
      'timeout',
      `must be between ${shortest} ms and ${longest} ms`,
      `Give a time such as '${DEFAULT_TIMEOUT}'.`,
    );
  }
  if (!Number.isInteger(waitForReplicas) || waitForReplicas < 0)
    throw new InvalidOptionsError('waitForReplicas', 'must be a number of replicas', 'Give 0, 1 or more.');
  const commands = new RedisCommands(client, ms);
  if (waitForReplicas > 0 && !canWait(client)) {
    throw new InvalidOptionsError(
      'waitForReplicas',
      'must be 0 for a pool, a Sentinel client of redis and a Cluster of ioredis',
      'Set `min-replicas-to-write` of Redis, or give a client with one connection.',
    );
  }
  // Redis answers WAIT in time, with the number of replicas, before the command itself counts as failed.
  return new RedisLoginStore(commands, prefix, { replicas: waitForReplicas, timeout: Math.ceil(ms / 2) });
}

class RedisLoginStore implements LoginStore {
  readonly #redis: RedisCommands;
  readonly #prefix: string;
  readonly #facts: string;
  readonly #wait: { readonly replicas: number; readonly timeout: number };

  constructor(redis: RedisCommands, prefix: string, wait: { replicas: number; timeout: number }) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#facts = `${prefix}facts`;
    this.#wait = wait;
  }

  async add(facts: readonly StoredFact[], now: number): Promise<void> {
    for (let i = 0; i < facts.length; i += WRITTEN) {
      const part = facts.slice(i, i + WRITTEN);
      const added = part.map(({ text, until }) =>
        this.#redis.send(this.#facts, 'XADD', this.#facts, '*', TEXT, text, UNTIL, Math.ceil(until)),
      );
      await Promise.all([...added, this.#confirm(), this.#trim(part.length, now)]);
    }
  }

  async read(after: string | undefined): Promise<FactPage> {
    const [page] = await Promise.all([this.#pageAfter(after), this.#assertWritable()]);
    return page;
  }

  async #pageAfter(after: string | undefined): Promise<FactPage> {
    const found = CURSOR.test(after ?? '') ? await this.#entries(after!, '+', READ + 2) : [];
    // The entry of the cursor goes with a restart without persistence, and with a failover before it was replicated.
    const isLost = after !== undefined && found[0]?.id !== after;
    const isFirst = isLost || after === undefined;
    const entries = isFirst ? await this.#entries('-', '+', READ + 1) : found.slice(1);
    const page = entries.slice(0, READ);
    return {
      facts: page.flatMap(({ fact }) => fact ?? []),
      cursor: page.at(-1)?.id ?? (isLost ? undefined : after),
      hasMore: entries.length > READ,
      isLost,
    };
  }

  async note({ subject, id, text, until }: NotedLogin, now: number): Promise<void> {
    const { listed, known } = this.#keysOf(subject);
    const send = this.#redis.send.bind(this.#redis);
    const [, , over, first, last] = await Promise.all([
      send(known, 'HSET', known, textOf(id), text),
      send(listed, 'ZADD', listed, Math.ceil(until), id),
      send(listed, 'ZRANGE', listed, '-inf', now, 'BYSCORE'),
      send(listed, 'ZRANGE', listed, 0, -1 - LISTED_LOGINS),
      send(listed, 'ZRANGE', listed, -1, -1, 'WITHSCORES'),
    ]);
    const gone = [...new Set([...texts(over), ...texts(first)])];
    // Redis forgets by its own clock, so it is told how long, and an hour more.
    const rest = Math.max(0, Number(texts(last)[1] ?? until) - now) + HOUR;
    await Promise.all([
      ...(gone.length > 0
        ? [
            send(listed, 'ZREM', listed, ...gone),
            send(known, 'HDEL', known, ...gone.flatMap((each) => [textOf(each), usedAtOf(each)])),
          ]
        : []),
      send(listed, 'PEXPIRE', listed, rest),
      // As long as a login is listed, what is known of it is there.
      send(known, 'PEXPIRE', known, rest + HOUR),
    ]);
  }

  async touch(subject: string, id: string, usedAt: number): Promise<void> {
    const { listed, known } = this.#keysOf(subject);
    const score = await this.#redis.send(listed, 'ZSCORE', listed, id);
    if (score !== null) await this.#redis.send(known, 'HSET', known, usedAtOf(id), usedAt);
  }

  async list(subject: string, now: number): Promise<readonly ListedLogin[]> {
    const { listed, known } = this.#keysOf(subject);
    const range = ['+inf', `(${now}`, 'BYSCORE', 'REV', 'LIMIT', 0, LISTED_LOGINS];
    const ids = texts(await this.#redis.send(listed, 'ZRANGE', listed, ...range));
    if (ids.length === 0) return [];
    const fields = ids.flatMap((id) => [textOf(id), usedAtOf(id)]);
    const values = list(await this.#redis.send(known, 'HMGET', known, ...fields)).map(asText);
    return ids.flatMap((id, i) => {
      const [text, usedAt] = [values[2 * i], values[2 * i + 1]];
      return text === undefined
        ? []
        : { id, text, usedAt: usedAt === undefined ? undefined : Number(usedAt) };
    });
  }

  /**
   * A replica answers reads, also when its master cannot reach it any more. So a server that is asked has to take a
   * write, too: one that changes nothing.
   */
  async #assertWritable(): Promise<void> {
    try {
      await this.#redis.send(this.#facts, 'XTRIM', this.#facts, 'MINID', 0);
    } catch (error) {
      if (isCutOff(error)) throw error;
      // What else is wrong does not make its answers old, such as a server that is full.
    }
  }

  #keysOf(subject: string): { readonly listed: string; readonly known: string } {
    return { listed: `${this.#prefix}logins:${subject}`, known: `${this.#prefix}known:${subject}` };
  }

  async #confirm(): Promise<void> {
    const { replicas, timeout } = this.#wait;
    if (replicas === 0) return;
    const confirmed = Number(await this.#redis.send(this.#facts, 'WAIT', replicas, timeout));
    if (confirmed >= replicas) return;
    throw new LoginStoreError(
      `has ${confirmed} of ${replicas} replicas that confirmed in time`,
      'Look at the replicas of Redis, or lower `waitForReplicas`.',
    );
  }

  /**
   * Removes the oldest entries that nobody needs: their facts are over, and whoever reads has had an hour to go on to
   * the next entry, so that no cursor is missed. Looks at more than was added, so that the stream cannot grow.
   */
  async #trim(added: number, now: number): Promise<void> {
    try {
      const [oldest, newest] = await Promise.all([
        this.#entries('-', '+', 2 * added + 10),
        this.#redis.send(this.#facts, 'XREVRANGE', this.#facts, '+', '-', 'COUNT', 1),
      ]);
      const present = timeOf(entriesIn(newest)[0]);
      const kept = oldest.findIndex(({ fact }, i) => {
        const isOver = (fact?.until ?? 0) < now - HOUR;
        return !isOver || timeOf(oldest[i + 1]) > present - HOUR;
      });
      if (kept > 0) await this.#redis.send(this.#facts, 'XTRIM', this.#facts, 'MINID', oldest[kept]!.id);
    } catch {
      // The next call tidies up. Whether the facts were added is said by the commands that add them.
    }
  }

  async #entries(from: string, to: string, count: number): Promise<Entry[]> {
    return entriesIn(await this.#redis.send(this.#facts, 'XRANGE', this.#facts, from, to, 'COUNT', count));
  }
}

const textOf = (id: string): string => `text:${id}`;
const usedAtOf = (id: string): string => `used:${id}`;

/** When Redis made the entry: ms since epoch, by its own clock. Without an entry, it is not there yet. */
function timeOf(entry: Entry | undefined): number {
  return entry ? Number(entry.id.split('-')[0]) : Infinity;
}

function entriesIn(reply: unknown): Entry[] {
  return list(reply).map((entry) => {
    const [id, fields] = list(entry);
    const [textName, text, untilName, until] = list(fields).map(asText);
    const isFact =
      textName === TEXT && text !== undefined && untilName === UNTIL && /^\d{1,15}$/.test(until ?? '');
    return { id: asText(id) ?? '', fact: isFact ? { text, until: Number(until) } : undefined };
  });
}

/** Clients differ in whether members and scores come in pairs, and whether texts come as bytes. */
function texts(reply: unknown): string[] {
  return list(reply)
    .flat()
    .map((value) => asText(value) ?? '');
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Buffer.isBuffer(value) ? value.toString() : undefined;
}

/** @throws {@link LoginStoreError} for an answer that no Redis gives */
function list(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new LoginStoreError(
    'got an answer that is none of Redis',
    'Look at what stands between the client and Redis.',
  );
}
