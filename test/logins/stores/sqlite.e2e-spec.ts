import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  builtInSqlite,
  installedSqlite,
  loadSqlite,
  noSqlite,
  type SqliteConnection,
  SqliteDatabase,
  type SqliteDriver,
  type SqliteStatement,
} from '../../../lib/logins/sqlite-database.js';
import { sqliteLoginStore, SqliteLoginStore } from '../../../lib/logins/sqlite-store.js';
import type { LoginStore } from '../../../lib/logins/login-store.js';
import { CompiledProgram } from '../../support/compiled-program.js';
import { describeContract } from './contract.js';
import { textsOf } from './texts-of.js';
import { cpuTime } from '../../support/cpu-time.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'logins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newPath = (): string => join(folder, `${count++}`, 'logins.db');

const opened: LoginStore[] = [];
afterEach(() => opened.splice(0).forEach((store) => void store.close?.()));

function open(path: string): LoginStore {
  const store = sqliteLoginStore({ path });
  opened.push(store);
  return store;
}

const fact = (text: string, until = NOW + HOUR) => ({ text, until });

/** Does something with the file that this library does not do. */
async function alter(path: string, work: (connection: SqliteConnection) => void): Promise<void> {
  const Driver = await loadSqlite();
  const connection = new Driver(path);
  try {
    work(connection);
  } finally {
    connection.close();
  }
}

/** The superuser may write everywhere, others need not become somebody else. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (isSuperuser) process.seteuid!(0);
  }
}

/** What works on this Node. The package is built for the one that installed it. */
const DRIVERS: readonly (readonly [string, () => Promise<SqliteDriver>])[] = [
  ['node:sqlite', builtInSqlite()] as const,
  ['better-sqlite3', await installedSqlite().catch(() => undefined)] as const,
].flatMap(([name, driver]) => (driver ? [[name, async () => driver] as const] : []));

test('one SQLite is there at least', () => {
  expect(DRIVERS.length).toBeGreaterThan(0);
});

describe.each(DRIVERS)('with %s', (driver, load) => {
  const openBy = (path: string): LoginStore => {
    const store = new SqliteLoginStore(path, load);
    opened.push(store);
    return store;
  };

  describeContract(`SQLite by ${driver}`, async () => {
    const path = newPath();
    return () => openBy(path);
  });

  test('never waits for a lock in the event loop', async () => {
    const Driver = await load();
    const waits: unknown[] = [];
    class Watched extends Driver {
      override prepare(sql: string): SqliteStatement {
        waits.push(super.prepare('PRAGMA busy_timeout').get());
        return super.prepare(sql);
      }
    }
    const store = new SqliteLoginStore(newPath(), async () => Watched);
    opened.push(store);
    await store.add([fact('a')], NOW);
    expect(new Set(waits.map((each) => JSON.stringify(each)))).toEqual(new Set(['{"timeout":0}']));
  });

  test('a database of another version is refused, and left alone', async () => {
    const path = newPath();
    await openBy(path).add([fact('a')], NOW);
    await alter(path, (connection) => connection.exec('PRAGMA user_version = 2'));
    await expect(openBy(path).read(undefined)).rejects.toMatchObject({
      code: 'ERR_LOGIN_STORE',
      message: expect.stringContaining('version 2, but this release reads version 1'),
    });
    await alter(path, (connection) => connection.exec('PRAGMA user_version = 1'));
    expect(await textsOf(openBy(path))).toEqual(['a']);
  });

  test('a database of another program is refused, and left alone', async () => {
    const path = newPath();
    mkdirSync(join(path, '..'), { recursive: true });
    await alter(path, (connection) => connection.exec('CREATE TABLE users (name TEXT)'));
    const before = readFileSync(path);
    await expect(openBy(path).add([fact('a')], NOW)).rejects.toThrow('of version 0');
    expect(readFileSync(path)).toEqual(before);
  });

  test('a file that is no database is refused, and left alone', async () => {
    const path = newPath();
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'The shopping list: tea, and a very long list of other things.'.repeat(100));
    const before = readFileSync(path);
    const refused = openBy(path).add([fact('a')], NOW);
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_LOGIN_STORE',
      problem: 'is a file that is no SQLite database',
    });
    expect(readFileSync(path)).toEqual(before);
  });

  test('a database that stays locked is an error in words, within seconds, and works again', async () => {
    const path = newPath();
    const store = openBy(path);
    await store.add([fact('a')], NOW);
    const began = Date.now();
    const Driver = await loadSqlite();
    const other = new Driver(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.add([fact('b')], NOW)).rejects.toMatchObject({
      problem: 'stayed locked by other processes',
    });
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await textsOf(store)).toEqual(['a']);
    const added = store.add([fact('c')], NOW);
    other.exec('COMMIT');
    other.close();
    await added;
    expect(await textsOf(store)).toEqual(['a', 'c']);
  });

  test('a wait for a lock leaves the event loop free most of the time', async () => {
    const path = newPath();
    const store = openBy(path);
    await store.add([fact('a')], NOW);
    const Driver = await loadSqlite();
    const other = new Driver(path);
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await expect(store.add([fact('b')], NOW)).rejects.toThrow('locked');
    clearInterval(ticking);
    other.close();
    expect(turns).toBeGreaterThan(50);
  });
});

describe('sqliteLoginStore()', () => {
  test.each([undefined, '', ':memory:', 7, new URL('file:///tmp/logins.db')])(
    'refuses %p as path',
    (path) => {
      expect(() => sqliteLoginStore({ path: path as string })).toThrow('Invalid option "path"');
    },
  );

  test('creates folders and a file for its owner only', async () => {
    const path = join(folder, 'some', 'new', 'folders', 'logins.db');
    await open(path).add([fact('a')], NOW);
    for (const name of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test('writes through to the disk', async () => {
    const database = new SqliteDatabase(await loadSqlite(), newPath());
    expect(database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' });
    expect(database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 });
    database.close();
  });

  test('forgets facts an hour after their time, not before', async () => {
    const path = newPath();
    const store = open(path);
    await store.add([fact('a', NOW), fact('b', NOW + 1)], NOW);
    await store.add([fact('c', NOW + 9 * HOUR)], NOW + HOUR);
    expect(await textsOf(store)).toEqual(['a', 'b', 'c']);
    await store.add([fact('d', NOW + 9 * HOUR)], NOW + HOUR + 1);
    expect(await textsOf(store)).toEqual(['b', 'c', 'd']);
  });

  test('a number is not used again after the newest fact was forgotten', async () => {
    const store = open(newPath());
    await store.add([fact('a', NOW)], NOW);
    const { cursor } = await store.read(undefined);
    await store.add([fact('b', NOW)], NOW + 2 * HOUR);
    await store.add([fact('c', NOW + 9 * HOUR)], NOW + 4 * HOUR);
    expect(await store.read(cursor)).toMatchObject({ facts: [{ text: 'c' }], isLost: false });
  });

  test('logins that are over are deleted', async () => {
    const path = newPath();
    const store = open(path);
    const login = { subject: 's', text: 't' };
    await store.note({ ...login, id: 'a', until: NOW + 1 }, NOW);
    await store.note({ ...login, id: 'b', until: NOW + HOUR }, NOW + 2);
    await alter(path, (connection) => {
      expect(connection.prepare('SELECT count(*) AS count FROM logins').get()).toMatchObject({ count: 1 });
    });
  });

  test.each(['deleted', 'replaced'])('a file that was %s while it was open is lost', async (what) => {
    const path = newPath();
    const [first, second] = [open(path), open(path)];
    await first.add([fact('a'), fact('b')], NOW);
    const [{ cursor }, other] = [await first.read(undefined), await second.read(undefined)];
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    if (what === 'replaced') await open(path).add([fact('x'), fact('y'), fact('z')], NOW);
    await first.add([fact('c')], NOW);
    const expected = [...(what === 'replaced' ? ['x', 'y', 'z'] : []), 'c'];
    for (const [store, after] of [
      [first, cursor],
      [second, other.cursor],
    ] as const) {
      const page = await store.read(after);
      expect(page.isLost).toBe(true);
      expect(page.facts.map(({ text }) => text)).toEqual(expected);
      expect(await store.read(page.cursor)).toMatchObject({ isLost: false, facts: [] });
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a fact that went into a file while it was deleted is added anew', async () => {
    const path = newPath();
    const Driver = await loadSqlite();
    let isDeleting = false;
    class DeletingDriver implements SqliteConnection {
      readonly #connection = new Driver(path);
      readonly prepare = this.#connection.prepare.bind(this.#connection);
      readonly close = this.#connection.close.bind(this.#connection);
      exec(sql: string): void {
        this.#connection.exec(sql);
        if (!isDeleting || sql !== 'COMMIT') return;
        isDeleting = false;
        for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      }
    }
    const store = new SqliteLoginStore(path, async () => DeletingDriver);
    opened.push(store);
    await store.add([fact('a')], NOW);
    isDeleting = true;
    await store.add([fact('b')], NOW);
    expect(isDeleting).toBe(false);
    expect(await textsOf(open(path))).toEqual(['b']);
  });

  test('an older copy that was put back is lost, even when it has grown since', async () => {
    const path = newPath();
    const store = open(path);
    await store.add([fact('a')], NOW);
    await alter(path, (connection) => connection.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    copyFileSync(path, `${path}.copy`);
    await store.add([fact('b')], NOW);
    const { cursor } = await store.read(undefined);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    copyFileSync(`${path}.copy`, path);
    await open(path).add([fact('c'), fact('d')], NOW);
    const page = await store.read(cursor);
    expect(page.isLost).toBe(true);
    expect(page.facts.map(({ text }) => text)).toEqual(['a', 'c', 'd']);
  });

  test('a cursor of another store is lost, and reads from the beginning', async () => {
    const store = open(newPath());
    await store.add([fact('a')], NOW);
    for (const cursor of ['', '1', '1754000000000-0', 'x:1', ':', '1:1:1'])
      expect(await store.read(cursor)).toMatchObject({ isLost: true, facts: [{ text: 'a' }] });
  });

  test('what cannot be written is an error in words, without a fact', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const bad of [join(folder, 'file', 'logins.db'), folder]) {
      const refused = open(bad).add([fact('the text of a fact')], NOW);
      await expect(refused).rejects.toMatchObject({
        code: 'ERR_LOGIN_STORE',
        problem: 'cannot write to its SQLite database',
      });
    }
  });

  test('a folder without the right to write is an error in words', async () => {
    const path = newPath();
    mkdirSync(join(path, '..'), { recursive: true });
    chmodSync(join(path, '..'), 0o500);
    await asNobody(async () => {
      const refused = open(path).add([fact('a')], NOW);
      await expect(refused).rejects.toMatchObject({ problem: 'cannot write to its SQLite database' });
    });
  });

  test('is not opened again after it was closed', async () => {
    const path = newPath();
    const store = open(path);
    await store.add([fact('a')], NOW);
    await store.close?.();
    await store.close?.();
    await expect(store.read(undefined)).rejects.toThrow('was closed');
    expect(await textsOf(open(path))).toEqual(['a']);
  });

  test('100,000 facts are added and read in time', async () => {
    const path = newPath();
    const facts = Array.from({ length: 100_000 }, (_, i) => fact(`${i}`.padStart(60, 'x')));
    await open(path).add(facts, NOW);
    const began = cpuTime();
    expect(await textsOf(open(path))).toHaveLength(100_000);
    expect(cpuTime() - began).toBeLessThan(2000);
  });
});

describe('where there is no SQLite', () => {
  test('the first use says what to do', async () => {
    const store = new SqliteLoginStore(newPath(), async () => {
      throw noSqlite(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    });
    await expect(store.read(undefined)).rejects.toMatchObject({
      code: 'ERR_LOGIN_STORE',
      message: expect.stringMatching(
        /ERR_MODULE_NOT_FOUND.*install better-sqlite3, use Node 22\.13 or later, or give another store\.$/,
      ),
    });
  });
});

describe('processes that are killed', () => {
  let program: CompiledProgram;
  beforeAll(async () => {
    program = await CompiledProgram.compile('test/logins/stores/adder.ts');
  });
  afterAll(() => program.remove());

  test('lose nothing of what was acknowledged', async () => {
    const path = newPath();
    const acknowledged: string[] = [];
    const adders = ['a', 'b', 'c'].map((name) => fork(program.path, [path, name]));
    const ends = adders.map((child) => once(child, 'exit'));
    for (const child of adders) child.on('message', (text) => acknowledged.push(String(text)));
    // Each is killed while it is writing, at another time.
    for (const [i, child] of adders.entries()) {
      for (let j = 0; j < 600 && acknowledged.length < (i + 1) * 100; j++)
        await new Promise((resolve) => setTimeout(resolve, 25));
      child.kill('SIGKILL');
    }
    await Promise.all(ends);
    expect(acknowledged.length).toBeGreaterThanOrEqual(300);
    const stored = new Set(await textsOf(open(path)));
    expect(acknowledged.filter((text) => !stored.has(text))).toEqual([]);
  });
});
