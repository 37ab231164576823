import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LoginStoreError } from '../errors/login-store.error.js';
import { describeThrown } from '../errors/thrown-value.js';

export type SqliteValue = string | number;

/** What `node:sqlite` and `better-sqlite3` have in common. */
export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): unknown;
  get(...values: readonly SqliteValue[]): unknown;
  all(...values: readonly SqliteValue[]): unknown[];
}

export interface SqliteConnection {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

export type SqliteDriver = new (path: string) => SqliteConnection;

/** The form of the tables. A release that changes them counts up. */
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE meta (id TEXT NOT NULL);
  INSERT INTO meta (id) VALUES (lower(hex(randomblob(16))));
  CREATE TABLE facts (number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, until INTEGER NOT NULL);
  CREATE INDEX facts_until ON facts (until);
  CREATE TABLE logins (
    subject TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, until INTEGER NOT NULL, usedAt INTEGER,
    UNIQUE (subject, id)
  );
  CREATE INDEX logins_of_subject ON logins (subject, until);
  CREATE INDEX logins_until ON logins (until);
  PRAGMA user_version = ${VERSION};`;

const REMEDIES: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  BUSY: ['stayed locked by other processes', 'Find out which process holds its SQLite database locked.'],
  NOTADB: ['is a file that is no SQLite database', 'Give it a `path` of its own.'],
  CORRUPT: ['is a damaged SQLite database', 'Stop all processes that use it, and delete the file.'],
  FULL: ['could not write, because the disk is full', 'Make room on the disk.'],
  NOT_WRITABLE: [
    'cannot write to its SQLite database',
    'Give the process the right to write to the file of `path`, and to its folder.',
  ],
};

/** What does not pass by itself. */
const FINAL: readonly string[] = ['NOTADB', 'NOT_WRITABLE'];

/** Names of problems by the codes of SQLite, as numbers in `node:sqlite` and as words elsewhere, and of files. */
const PROBLEMS: Readonly<Record<string, string>> = {
  5: 'BUSY',
  6: 'BUSY',
  LOCKED: 'BUSY',
  8: 'NOT_WRITABLE',
  READONLY: 'NOT_WRITABLE',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'NOT_WRITABLE',
  CANTOPEN: 'NOT_WRITABLE',
  26: 'NOTADB',
  EACCES: 'NOT_WRITABLE',
  EPERM: 'NOT_WRITABLE',
  EROFS: 'NOT_WRITABLE',
  ENOTDIR: 'NOT_WRITABLE',
  EEXIST: 'NOT_WRITABLE',
  ENOSPC: 'FULL',
};

/** A database that is open, and the file it lies in. */
export class SqliteDatabase {
  readonly #connection: SqliteConnection;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #path: string;
  /** Says which file it is. The file at the same path may be another one later. */
  readonly file: string;

  /**
   * Opens the database, and creates what is missing.
   *
   * @throws LoginStoreError if it is not of this library, or of another version
   */
  constructor(Driver: SqliteDriver, path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createFile(path);
    this.file = fileAt(path);
    this.#connection = new Driver(path);
    try {
      // SQLite would wait for locks of others in the event loop. Whoever calls it waits outside.
      this.#connection.exec('PRAGMA busy_timeout = 0');
      const isNew = this.#assertOurs();
      this.#connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      if (isNew) {
        this.write(() => {
          if (this.#assertOurs()) this.#connection.exec(SCHEMA);
        });
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the file was deleted or replaced. Then no other process sees what this one does. */
  get isReplaced(): boolean {
    return fileAt(this.#path) !== this.file;
  }

  run(sql: string, ...values: readonly SqliteValue[]): void {
    this.#statement(sql).run(...values);
  }

  get<Row extends object>(sql: string, ...values: readonly SqliteValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all<Row extends object>(sql: string, ...values: readonly SqliteValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /** Does all of it, or nothing. */
  write(work: () => void): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#connection.exec('COMMIT');
    } catch (error) {
      try {
        this.#connection.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself, and the first error says why.
      }
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  /** Returns whether the database is empty. */
  #assertOurs(): boolean {
    const sql =
      'SELECT user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_user_version';
    const { version, tables } = this.#connection.prepare(sql).get() as { version: number; tables: number };
    if (version === VERSION) return false;
    if (version === 0 && tables === 0) return true;
    throw new LoginStoreError(
      `is a SQLite database of version ${version}, but this release reads version ${VERSION}`,
      'Give it a `path` of its own.',
      true,
    );
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#connection.prepare(sql)));
    return statement;
  }
}

/** Returns the SQLite that Node has, or that of `better-sqlite3`. @throws {@link LoginStoreError} if there is none */
export async function loadSqlite(): Promise<SqliteDriver> {
  return builtInSqlite() ?? (await installedSqlite());
}

export function builtInSqlite(): SqliteDriver | undefined {
  const module = process.getBuiltinModule('node:sqlite') as { DatabaseSync: SqliteDriver } | undefined;
  return module?.DatabaseSync;
}

export async function installedSqlite(): Promise<SqliteDriver> {
  try {
    // Its types are another package, which applications need not have.
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- without it, TypeScript asks for them
    const module = (await import('better-sqlite3' as string)) as { default: SqliteDriver };
    // It may have been built for another version of Node, or not at all.
    new module.default(':memory:').close();
    return module.default;
  } catch (error) {
    throw noSqlite(error);
  }
}

export function noSqlite(reason: unknown): LoginStoreError {
  return new LoginStoreError(
    `has no SQLite to work with: ${describeThrown(reason)}`,
    'To repair it, install better-sqlite3, use Node 22.13 or later, or give another store.',
    true,
  );
}

export function isBusy(error: unknown): boolean {
  return problemOf(error) === 'BUSY';
}

/** Puts an error of SQLite or of a file into words. Its own message may quote what was to be stored. */
export function asLoginStoreError(error: unknown): LoginStoreError {
  if (error instanceof LoginStoreError) return error;
  const name = problemOf(error);
  const [problem, remedy] = REMEDIES[name] ?? [
    `could not use its SQLite database: ${describeThrown(error)}`,
    'Look at the file of `path` and at its disk.',
  ];
  return new LoginStoreError(problem, remedy, FINAL.includes(name));
}

function problemOf(error: unknown): string {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  // The lowest byte is the code itself, the others are details.
  const name = typeof errcode === 'number' ? String(errcode & 0xff) : String(code);
  const word = /^SQLITE_([A-Z]+)/.exec(name)?.[1] ?? name;
  return PROBLEMS[word] ?? word;
}

/** SQLite would create the file, too, but readable for others. */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // To open a file that is there and to close it would free the locks that SQLite holds on it in this process.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function fileAt(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}-${found.ino}` : '';
}
