import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LoginStoreError } from '../errors/login-store.error.js';
import type { FactPage, ListedLogin, LoginStore, NotedLogin, StoredFact } from './login-store.js';
import {
  asLoginStoreError,
  isBusy,
  loadSqlite,
  SqliteDatabase,
  type SqliteDriver,
} from './sqlite-database.js';

export interface SqliteLoginOptions {
  /** The file of the database. It is created with its folders, readable for its owner only. */
  readonly path: string;
}

/** At most this many facts are written at once, or read at once. */
const WRITTEN = 1000;
const READ = 5000;
/** At most this many entries that are over are deleted at once, so that no call blocks the event loop for long. */
const DELETED = 1000;
const LISTED_LOGINS = 1000;

const HOUR = 3_600_000;

/** A database that is locked is tried this often, with pauses of up to so many ms: for 2.4 seconds at most. */
const ATTEMPTS = 60;
const LONGEST_PAUSE = 40;

/**
 * Keeps in a file what the processes of one machine have to know of ended logins. What is stored survives when
 * a process is killed, and when the machine loses its power. The file must lie on a disk of this machine.
 *
 * Node 22.13 and later have SQLite, others need the package `better-sqlite3`.
 *
 * @example sqliteLoginStore({ path: '/var/lib/shop/logins.db' })
 * @throws {@link InvalidOptionsError} if `path` is no path of a file
 */
export function sqliteLoginStore(options: SqliteLoginOptions): LoginStore {
  const path: unknown = options?.path;
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    throw new InvalidOptionsError(
      'path',
      'must be the path of a file',
      "Give one that all processes of this machine can write to, such as '/var/lib/shop/logins.db'.",
    );
  }
  return new SqliteLoginStore(resolve(path), loadSqlite);
}

/** @internal */
export class SqliteLoginStore implements LoginStore {
  readonly #path: string;
  readonly #load: () => Promise<SqliteDriver>;
  #driver: Promise<SqliteDriver> | undefined;
  #database: SqliteDatabase | undefined;
  #isClosed = false;

  constructor(path: string, load: () => Promise<SqliteDriver>) {
    this.#path = path;
    this.#load = load;
  }

  async add(facts: readonly StoredFact[], now: number): Promise<void> {
    for (let i = 0; i < facts.length; i += WRITTEN) {
      const part = facts.slice(i, i + WRITTEN);
      await this.#use((database) =>
        database.write(() => {
          const late = 'DELETE FROM facts WHERE number IN (SELECT number FROM facts WHERE until < ? LIMIT ?)';
          database.run(late, now - HOUR, DELETED);
          for (const { text, until } of part)
            database.run('INSERT INTO facts (text, until) VALUES (?, ?)', text, until);
        }),
      );
    }
  }

  read(after: string | undefined): Promise<FactPage> {
    return this.#use((database) => {
      const { id, last } = database.get<{ id: string; last: number | null }>(
        "SELECT id, (SELECT seq FROM sqlite_sequence WHERE name = 'facts') AS last FROM meta",
      )!;
      // A copy that was put back has the same id, but it is another file.
      const origin = `${id}-${database.file}`;
      const [given, numberText] = after?.split(':') ?? [origin, '0'];
      const number = Number(numberText);
      const isLost = given !== origin || number > (last ?? 0);
      const facts = database.all<StoredFact & { number: number }>(
        'SELECT number, text, until FROM facts WHERE number > ? ORDER BY number LIMIT ?',
        isLost ? 0 : number,
        READ + 1,
      );
      const page = facts.slice(0, READ);
      const newest = page.at(-1);
      return {
        facts: page.map(({ text, until }) => ({ text, until })),
        cursor: newest ? `${origin}:${newest.number}` : isLost ? undefined : after,
        hasMore: facts.length > READ,
        isLost,
      };
    });
  }

  note({ subject, id, text, until }: NotedLogin, now: number): Promise<void> {
    return this.#use((database) =>
      database.write(() => {
        const over = 'DELETE FROM logins WHERE rowid IN (SELECT rowid FROM logins WHERE until <= ? LIMIT ?)';
        database.run(over, now, DELETED);
        database.run(
          `INSERT INTO logins (subject, id, text, until) VALUES (?, ?, ?, ?)
           ON CONFLICT (subject, id) DO UPDATE SET text = excluded.text, until = excluded.until`,
          subject,
          id,
          text,
          until,
        );
        database.run(
          `DELETE FROM logins WHERE rowid IN
           (SELECT rowid FROM logins WHERE subject = ? ORDER BY until DESC LIMIT -1 OFFSET ?)`,
          subject,
          LISTED_LOGINS,
        );
      }),
    );
  }

  touch(subject: string, id: string, usedAt: number): Promise<void> {
    return this.#use((database) =>
      database.run('UPDATE logins SET usedAt = ? WHERE subject = ? AND id = ?', usedAt, subject, id),
    );
  }

  list(subject: string, now: number): Promise<readonly ListedLogin[]> {
    return this.#use((database) =>
      database
        .all<{ id: string; text: string; usedAt: number | null }>(
          'SELECT id, text, usedAt FROM logins WHERE subject = ? AND until > ?',
          subject,
          now,
        )
        .map(({ id, text, usedAt }) => ({ id, text, usedAt: usedAt ?? undefined })),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
  }

  /** @throws {@link LoginStoreError} */
  async #use<Result>(work: (database: SqliteDatabase) => Result): Promise<Result> {
    const Driver = await (this.#driver ??= this.#load());
    for (let i = 1; ; i++) {
      if (this.#isClosed) throw new LoginStoreError('was closed', 'Do not use it after close().');
      try {
        if (this.#database?.isReplaced) this.#forget();
        const database = (this.#database ??= new SqliteDatabase(Driver, this.#path));
        const result = work(database);
        // Otherwise nobody sees what was written into a file that is no longer there.
        if (!database.isReplaced) return result;
      } catch (error) {
        if (!isBusy(error)) this.#forget();
        if (!isBusy(error) || i === ATTEMPTS) throw asLoginStoreError(error);
      }
      if (i === ATTEMPTS)
        throw new LoginStoreError('is replaced all the time', 'Leave the file of `path` alone.');
      await pause(Math.random() * LONGEST_PAUSE);
    }
  }

  #forget(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}
