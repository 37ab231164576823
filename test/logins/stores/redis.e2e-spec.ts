import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster } from 'redis';
import { redisLogins, type RedisClient } from '../../../lib/redis.js';
import { cpuTime } from '../../support/cpu-time.js';
import { describeWith } from '../../support/proxies.js';
import { RedisServer, stopRedis } from '../../support/redis.js';
import { sized } from '../../support/size.js';
import { describeContract } from './contract.js';
import { textsOf } from './texts-of.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const PREFIX = 'client-sessions:';
const FACTS = `${PREFIX}facts`;

/** What the documentation of `redisLogins()` says. */
const PERMISSIONS =
  `~${PREFIX}* +xadd +xrange +xrevrange +xtrim +zadd +zrange +zrem +zscore +hset +hmget +hdel +pexpire`.split(
    ' ',
  );

/** How long a busy machine may take for what is not about time. */
const PATIENCE = '10 s';

const fact = (text: string, until = Date.now() + HOUR) => ({ text, until });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A client that complains of lost connections to nobody. */
function ioredis(server: RedisServer, user = {}): Redis {
  const client = new Redis({
    port: server.port,
    host: '127.0.0.1',
    enableReadyCheck: false,
    retryStrategy: () => 50,
    ...user,
  });
  client.on('error', () => undefined);
  ends.push(() => client.disconnect());
  return client;
}

async function nodeRedis(server: RedisServer, further = {}): Promise<RedisClient> {
  const client = createClient({ url: server.url, socket: { reconnectStrategy: 50 }, ...further });
  client.on('error', () => undefined);
  ends.push(() => client.destroy());
  await client.connect();
  return client as never;
}

const CLIENTS: readonly [string, (server: RedisServer) => RedisClient | Promise<RedisClient>][] = [
  ['ioredis', ioredis],
  ['ioredis that pipelines by itself', (server) => ioredis(server, { enableAutoPipelining: true })],
  ['redis', nodeRedis],
  ['redis with RESP 3', (server) => nodeRedis(server, { RESP: 3 })],
  [
    'a pool of redis',
    async (server) => {
      const pool = createClientPool({ url: server.url }, { minimum: 2, maximum: 4, cleanupDelay: 100 });
      ends.push(() => pool.destroy());
      await pool.connect();
      return pool;
    },
  ],
];

const CLUSTER_CLIENTS: typeof CLIENTS = [
  [
    'a Cluster of ioredis',
    (server) => {
      const client = new Cluster([{ host: '127.0.0.1', port: server.port }]);
      ends.push(() => client.disconnect());
      return client;
    },
  ],
  [
    'a cluster of redis',
    async (server) => {
      const client = createCluster({ rootNodes: [{ url: server.url }] });
      ends.push(() => client.destroy());
      await client.connect();
      return client;
    },
  ],
];

/** Tries until it succeeds, for ten seconds at most. */
async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const describeWithRedis = describeWith('redis-server');

describeWithRedis('one Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(stopRedis);

  let count = 0;
  const newPrefix = (): string => `shop-${count++}:`;

  /** At the usual size one client of each kind keeps the whole contract, and the others are only looked at. */
  const OF_EACH_KIND = CLIENTS.filter((_client, i) => i % sized(3, 1) === 0);
  for (const [title, connect] of OF_EACH_KIND) {
    describeContract(`Redis by ${title}`, async () => {
      const prefix = newPrefix();
      return async () => redisLogins(await connect(server), { prefix, timeout: PATIENCE });
    });
  }

  describe('with 100,000 facts', () => {
    const prefix = 'large:';
    beforeAll(async () => {
      const expires = Date.now() + HOUR;
      // Redis makes them by itself in half a second. By a client they take ten.
      const script = `for i = 1, 100000 do redis.call('XADD', KEYS[1], '*', 'fact', 'x' .. i, 'until', ARGV[1]) end`;
      await server.command('EVAL', script, '1', `${prefix}facts`, String(expires));
    });

    test.each(CLIENTS)('all are read in time by %s', async (_title, connect) => {
      const store = redisLogins(await connect(server), { prefix, timeout: '10 s' });
      const began = cpuTime();
      const texts = await textsOf(store);
      expect(cpuTime() - began).toBeLessThan(4000);
      expect(texts).toHaveLength(100_000);
      expect(texts.at(-1)).toBe('x100000');
    });
  });

  const AT_ONCE = sized(5_000, 100_000);
  test(`${AT_ONCE} facts are added in one call`, async () => {
    const store = redisLogins(ioredis(server), { prefix: newPrefix(), timeout: '10 s' });
    const texts = Array.from({ length: AT_ONCE }, (_, i) => `${i}`.padStart(60, 'x'));
    await store.add(
      texts.map((text) => fact(text)),
      Date.now(),
    );
    expect(await textsOf(store)).toEqual(texts);
  });

  test('two prefixes are two stores', async () => {
    const client = ioredis(server);
    const [one, other] = [
      redisLogins(client, { prefix: newPrefix() }),
      redisLogins(client, { prefix: newPrefix() }),
    ];
    await one.add([fact('a')], Date.now());
    expect(await textsOf(other)).toEqual([]);
  });

  test('a flushed Redis is lost, also when others have added since', async () => {
    const store = redisLogins(ioredis(server));
    await store.add([fact('a')], Date.now());
    const { cursor } = await store.read(undefined);
    await server.command('DEL', FACTS);
    const page = await store.read(cursor);
    expect(page).toEqual({ facts: [], cursor: undefined, hasMore: false, isLost: true });
    await store.add([fact('b')], Date.now());
    expect(await store.read(cursor)).toMatchObject({ isLost: true, facts: [{ text: 'b' }] });
    await server.command('DEL', FACTS);
  });

  test('a lost tail is noticed, although facts before it are there and others came after it', async () => {
    const store = redisLogins(ioredis(server));
    await store.add([fact('a'), fact('b')], Date.now());
    const { cursor } = await store.read(undefined);
    await server.command('XDEL', FACTS, cursor!);
    await store.add([fact('c')], Date.now());
    expect(await store.read(cursor)).toMatchObject({ isLost: true, facts: [{ text: 'a' }, { text: 'c' }] });
    await server.command('DEL', FACTS);
  });

  test('a cursor of another store is lost', async () => {
    const store = redisLogins(ioredis(server), { prefix: newPrefix() });
    await store.add([fact('a')], Date.now());
    for (const cursor of ['', 'x', 'id-1:7', '-', '+', '(0-0'])
      expect(await store.read(cursor)).toMatchObject({ isLost: true, facts: [{ text: 'a' }] });
  });

  test('rubbish of another program is passed over, and is removed in time', async () => {
    const prefix = newPrefix();
    const store = redisLogins(ioredis(server), { prefix });
    await store.add([fact('a')], Date.now());
    const { cursor } = await store.read(undefined);
    const rubbish = [
      ['x', 'y'],
      ['fact', 'b'],
      ['fact', 'b', 'until', 'tomorrow'],
      ['fact', 'b', 'until', '-1'],
      ['fact', 'b', 'until', '1e999'],
      ['until', '1', 'fact', 'b'],
      ['\0', '\u{1F600}', 'fact', 'b'],
    ];
    for (const fields of rubbish) await server.command('XADD', `${prefix}facts`, '*', ...fields);
    await store.add([fact('c')], Date.now());
    for (const after of [cursor, undefined]) {
      const page = await store.read(after);
      expect(page.facts.map(({ text }) => text)).toEqual(after === undefined ? ['a', 'c'] : ['c']);
      expect(page.isLost).toBe(false);
    }
    await server.command('XADD', `${prefix}facts`, '*', 'x', 'y');
    const page = await store.read(undefined);
    expect(await store.read(page.cursor)).toMatchObject({ facts: [], isLost: false, cursor: page.cursor });
  });

  test('other data under the key is an error in words', async () => {
    const prefix = newPrefix();
    await server.command('SET', `${prefix}facts`, 'x');
    const store = redisLogins(ioredis(server), { prefix });
    for (const refused of [store.read(undefined), store.add([fact('a')], Date.now())])
      await expect(refused).rejects.toMatchObject({ problem: 'found other data under its keys' });
  });

  test('what is over is removed, but nothing that is needed, and no cursor of the last hour', async () => {
    const prefix = newPrefix();
    const store = redisLogins(ioredis(server), { prefix });
    const now = Date.now();
    const old = async (age: number, text: string, until: number) =>
      server.command('XADD', `${prefix}facts`, `${now - age}-0`, 'fact', text, 'until', String(until));
    await old(9 * HOUR, 'a', now - HOUR - 1);
    await server.command('XADD', `${prefix}facts`, `${now - 8 * HOUR}-0`, 'rub', 'bish');
    const last = await old(7 * HOUR, 'b', now - 6 * HOUR);
    // Whoever has read all there was for the last seven hours is here.
    await store.add([fact('c')], now);
    expect(await store.read(last)).toMatchObject({ isLost: false, facts: [{ text: 'c' }] });
    expect(await textsOf(store)).toEqual(['b', 'c']);

    const another = newPrefix();
    const needing = redisLogins(ioredis(server), { prefix: another });
    const add = async (age: number, text: string, until: number) =>
      server.command('XADD', `${another}facts`, `${now - age}-0`, 'fact', text, 'until', String(until));
    await add(9 * HOUR, 'needed', now + 1);
    for (let i = 0; i < 20; i++) await add(8 * HOUR - i, `over-${i}`, now - 5 * HOUR);
    await needing.add([fact('new')], now);
    expect(await textsOf(needing)).toHaveLength(22);
    await needing.add([fact('newer')], now + 2 * HOUR);
    expect((await textsOf(needing)).length).toBeLessThan(15);
    for (let i = 0; i < 3; i++) await needing.add([fact('newest')], now + 2 * HOUR);
    expect(await textsOf(needing)).not.toContain('over-18');
  });

  test('lists and what is known of logins expire with the last of them, and an hour or two', async () => {
    const prefix = newPrefix();
    const store = redisLogins(ioredis(server), { prefix });
    const login = { subject: 's', text: 't' };
    await store.note({ ...login, id: 'late', until: NOW + 9 * HOUR }, NOW);
    await store.note({ ...login, id: 'soon', until: NOW + 1 }, NOW);
    const rest = async (key: string) => Number(await server.command('PTTL', `${prefix}${key}:s`));
    expect(await rest('logins')).toBeGreaterThan(9.9 * HOUR);
    expect(await rest('logins')).toBeLessThanOrEqual(10 * HOUR);
    expect(await rest('known')).toBeGreaterThan(10.9 * HOUR);
    await store.touch('s', 'soon', NOW);
    await store.note({ ...login, id: 'new', until: NOW + HOUR }, NOW + 2);
    await store.touch('s', 'soon', NOW);
    await store.touch('s', 'never', NOW);
    expect(await server.command('ZCARD', `${prefix}logins:s`)).toBe('2');
    expect((await server.command('HKEYS', `${prefix}known:s`)).split(',').sort()).toEqual([
      'text:late',
      'text:new',
    ]);
  });

  test('of many logins of a subject no more are kept than are listed', async () => {
    const prefix = newPrefix();
    const store = redisLogins(ioredis(server), { prefix });
    const login = { subject: 's', text: 't' };
    for (let i = 0; i < 11; i++) {
      const ids = Array.from({ length: 100 }, (_, j) => 100 * i + j);
      await Promise.all(ids.map((id) => store.note({ ...login, id: `${id}`, until: NOW + id + 1 }, NOW)));
    }
    expect(await server.command('ZCARD', `${prefix}logins:s`)).toBe('1000');
    expect(await server.command('HLEN', `${prefix}known:s`)).toBe('1000');
  });

  test.each([
    ['ioredis', ioredis],
    ['redis', nodeRedis],
  ] as const)('a user with the documented permissions is enough for %s', async (title, connect) => {
    const user = `user-${title}`;
    await server.command('ACL', 'SETUSER', user, 'reset', 'on', '>a-password', ...PERMISSIONS);
    const client = await connect(server, { username: user, password: 'a-password' });
    const store = redisLogins(client);
    const now = Date.now();
    await server.command('XADD', FACTS, `${now - 9 * HOUR}-0`, 'x', 'y');
    await server.command('XADD', FACTS, `${now - 8 * HOUR}-0`, 'x', 'y');
    await store.add([fact('a')], now);
    expect(await server.command('XLEN', FACTS)).toBe('2');
    expect(await textsOf(store)).toEqual(['a']);
    await store.note({ subject: 's', id: 'over', text: 't', until: now + 1 }, now);
    await store.note({ subject: 's', id: 'a', text: 't', until: now + HOUR }, now + 2);
    await store.touch('s', 'a', now);
    expect(await store.list('s', now + 2)).toEqual([{ id: 'a', text: 't', usedAt: now }]);
    await server.command('DEL', FACTS);
    // Each permission is needed.
    const seen = await server.command('ACL', 'GETUSER', user);
    for (const permission of PERMISSIONS) expect(seen).toContain(permission);
  });

  test.each(PERMISSIONS.slice(1))('without %s something fails in words', async (permission) => {
    const user = `without-${permission.slice(1)}`;
    const rest = PERMISSIONS.filter((each) => each !== permission);
    await server.command('ACL', 'SETUSER', user, 'reset', 'on', '>a-password', ...rest);
    const store = redisLogins(ioredis(server, { username: user, password: 'a-password' }));
    const now = Date.now();
    await server.command('XADD', FACTS, `${now - 9 * HOUR}-0`, 'x', 'y');
    await server.command('XADD', FACTS, `${now - 8 * HOUR}-0`, 'x', 'y');
    const login = { subject: 's', text: 't' };
    const outcomes = await Promise.allSettled([
      store.add([fact('a')], now),
      store.read(undefined),
      store
        .note({ ...login, id: 'over', until: now + 1 }, now)
        .then(() => store.note({ ...login, id: 'a', until: now + HOUR }, now + 2))
        .then(() => store.touch('s', 'a', now))
        .then(() => store.list('s', now)),
    ]);
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as Error] : [],
    );
    // What only tidies up may fail.
    const hasTidied = (await server.command('XLEN', FACTS)) === '2';
    expect(refused.length > 0 || !hasTidied).toBe(true);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'ERR_LOGIN_STORE', problem: 'may not run a command' });
      expect(error.message).not.toContain(user);
    }
    await server.command('DEL', FACTS, `${PREFIX}logins:s`, `${PREFIX}known:s`);
  });

  test('a wrong password is an error in words, without it', async () => {
    const client = ioredis(server, { username: 'nobody', password: 'the-secret', maxRetriesPerRequest: 0 });
    const error = await redisLogins(client, { timeout: 500 })
      .read(undefined)
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'ERR_LOGIN_STORE' });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret|nobody|127\.0\.0\.1/);
  });

  test.each(CLIENTS)('a client that was closed is an error in words, by %s', async (_title, connect) => {
    const store = redisLogins(await connect(server), { timeout: 500 });
    await ends.pop()!();
    await expect(store.read(undefined)).rejects.toMatchObject({ code: 'ERR_LOGIN_STORE' });
  });

  test('an end that no replica confirms is refused', async () => {
    for (const client of [ioredis(server), await nodeRedis(server)]) {
      const store = redisLogins(client, { prefix: newPrefix(), waitForReplicas: 1, timeout: 500 });
      await expect(store.add([fact('a')], Date.now())).rejects.toMatchObject({
        problem: 'has 0 of 1 replicas that confirmed in time',
      });
    }
  });

  test.each([
    [undefined, {}, 'client'],
    ['redis://127.0.0.1', {}, 'client'],
    [{}, {}, 'client'],
    [{ call: () => undefined, options: { role: 'slave' } }, {}, 'client'],
    [{ call: () => undefined, options: { scaleReads: 'slave' } }, {}, 'client'],
    [{ sendCommand: () => undefined, totalClients: 1 }, { waitForReplicas: 1 }, 'waitForReplicas'],
    [{ call: () => undefined, isCluster: true }, { waitForReplicas: 1 }, 'waitForReplicas'],
    [{ call: () => undefined }, { prefix: '' }, 'prefix'],
    [{ call: () => undefined }, { timeout: 0 }, 'timeout'],
    [{ call: () => undefined }, { timeout: '1 minute' }, 'timeout'],
    [{ call: () => undefined }, { timeout: 'soon' }, 'timeout'],
    [{ call: () => undefined }, { waitForReplicas: -1 }, 'waitForReplicas'],
    [{ call: () => undefined }, { waitForReplicas: 0.5 }, 'waitForReplicas'],
  ])('refuses %p with %p', (client, options, option) => {
    expect(() => redisLogins(client as never, options)).toThrow(`Invalid option "${option}"`);
  });
});

describeWithRedis('a cluster', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.startCluster();
  });
  afterAll(stopRedis);

  let count = 0;
  for (const [title, connect] of CLUSTER_CLIENTS) {
    describeContract(`Redis by ${title}`, async () => {
      const prefix = `cluster-${count++}:`;
      return async () => redisLogins(await connect(server), { prefix, timeout: PATIENCE });
    });
  }
});

describeWithRedis('a Redis that fails', () => {
  afterEach(stopRedis);

  test.each([
    ['ioredis', ioredis],
    ['redis', nodeRedis],
  ] as const)(
    'loses nothing when it is killed and has saved, by %s',
    async (_title, connect) => {
      const server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
      const store = redisLogins(await connect(server), { timeout: 300 });
      const acknowledged: string[] = [];
      let isAdding = true;
      const adding = (async () => {
        for (let i = 0; isAdding && i < 100_000; i++) {
          const added = store.add([fact(`${i}`)], Date.now());
          await added.then(
            () => acknowledged.push(`${i}`),
            () => undefined,
          );
        }
      })();
      const { cursor } = await eventually(async () => {
        const page = await store.read(undefined);
        expect(page.cursor).toBeDefined();
        return page;
      });
      for (let i = 0; i < 3; i++) {
        const before = acknowledged.length;
        await eventually(async () => expect(acknowledged.length).toBeGreaterThan(before + 20));
        await server.restart();
      }
      isAdding = false;
      await adding;
      const page = await eventually(() => store.read(cursor));
      expect(page.isLost).toBe(false);
      const stored = new Set(await textsOf(store));
      expect(acknowledged.length).toBeGreaterThan(60);
      expect(acknowledged.filter((text) => !stored.has(text))).toEqual([]);
    },
    60_000,
  );

  test('has lost everything when it was started empty', async () => {
    const server = await RedisServer.start();
    const store = redisLogins(ioredis(server), { timeout: 300 });
    await store.add([fact('a')], Date.now());
    const { cursor } = await store.read(undefined);
    await server.restart();
    const page = await eventually(() => store.read(cursor));
    expect(page).toEqual({ facts: [], cursor: undefined, hasMore: false, isLost: true });
  });

  test.each([
    ['ioredis', ioredis],
    ['redis', nodeRedis],
  ] as const)('makes everything fail in time while it is paused, by %s', async (_title, connect) => {
    const server = await RedisServer.start();
    const store = redisLogins(await connect(server), { timeout: 300 });
    await store.add([fact('a')], Date.now());
    server.pause();
    const began = Date.now();
    const calls = [
      store.read(undefined),
      store.add([fact('b')], Date.now()),
      store.note({ subject: 's', id: 'a', text: 't', until: NOW }, NOW),
      store.touch('s', 'a', NOW),
      store.list('s', NOW),
    ];
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ problem: 'got no answer of Redis within 300 ms' });
    expect(Date.now() - began).toBeLessThan(10_000);
    server.resume();
    await eventually(() => store.add([fact('c')], Date.now()));
    expect(await textsOf(store)).toEqual(expect.arrayContaining(['a', 'c']));
  });

  test('is asked no more while a hundred answers are late, and works again', async () => {
    const server = await RedisServer.start();
    const client = ioredis(server);
    const store = redisLogins(client, { timeout: 100 });
    await store.add([fact('a')], Date.now());
    server.pause();
    await Promise.allSettled(Array.from({ length: 150 }, () => store.read(undefined)));
    let sent = 0;
    const { call } = client;
    client.call = ((...args: [string]) => {
      sent++;
      return call.apply(client, args);
    }) as typeof call;
    for (let i = 0; i < 20; i++) await expect(store.read(undefined)).rejects.toThrow('got no answer');
    expect(sent).toBe(0);
    server.resume();
    expect(await eventually(() => textsOf(store))).toEqual(['a']);
  });

  test('refuses what it has no room for, and gives what it has', async () => {
    const server = await RedisServer.start('--maxmemory-policy', 'noeviction');
    const store = redisLogins(ioredis(server));
    await store.add([fact('a')], Date.now());
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(store.add([fact('b')], Date.now())).rejects.toMatchObject({ problem: 'is full' });
    expect(await textsOf(store)).toEqual(['a']);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await store.add([fact('c')], Date.now());
    expect(await textsOf(store)).toEqual(['a', 'c']);
  });

  test('is dead from the start, and comes later', async () => {
    const server = await RedisServer.start();
    await server.kill();
    const store = redisLogins(ioredis(server), { timeout: 200 });
    await expect(store.read(undefined)).rejects.toMatchObject({ code: 'ERR_LOGIN_STORE' });
    await server.restart();
    expect(await eventually(() => textsOf(store))).toEqual([]);
  });

  test('is not believed when it has lost the replicas without which it may not write', async () => {
    const master = await RedisServer.start();
    const store = redisLogins(ioredis(master));
    await store.add([fact('a')], Date.now());
    expect(await textsOf(store)).toEqual(['a']);
    await master.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await expect(store.read(undefined)).rejects.toMatchObject({ problem: 'has too few replicas to write' });
    await master.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    expect(await textsOf(store)).toEqual(['a']);
  });

  test('has a replica that confirms, and that knows all when it takes over', async () => {
    const [master, replica] = [await RedisServer.start(), await RedisServer.start()];
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    const store = redisLogins(ioredis(master), { waitForReplicas: 1 });
    await eventually(() => store.add([fact('a')], Date.now()));
    await store.add([fact('b')], Date.now());
    const { cursor } = await store.read(undefined);
    await master.kill();
    const other = redisLogins(ioredis(replica));
    // It would answer, but nobody knows whether it has heard of everything.
    await expect(other.read(cursor)).rejects.toMatchObject({
      problem: 'is connected to a replica, which cannot write',
    });
    await expect(other.add([fact('c')], Date.now())).rejects.toMatchObject({
      problem: 'is connected to a replica, which cannot write',
    });
    await replica.command('REPLICAOF', 'NO', 'ONE');
    expect(await other.read(cursor)).toMatchObject({ facts: [], isLost: false });
  });
});

test('a client that throws at once, or answers rubbish, is an error in words', async () => {
  const throwing = {
    call: () => {
      throw new Error('redis://user:password@host');
    },
  };
  const error = await redisLogins(throwing as never)
    .read(undefined)
    .catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: 'ERR_LOGIN_STORE' });
  expect(String(error)).not.toContain('password');
  for (const answer of [undefined, null, 'OK', 7, {}, [7], [['1-1', 'x']]]) {
    const store = redisLogins({ call: async () => answer });
    await expect(store.read(undefined)).rejects.toMatchObject({ code: 'ERR_LOGIN_STORE' });
  }
});
