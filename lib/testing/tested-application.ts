import { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { INestApplicationContext } from '@nestjs/common';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { UnknownSessionError } from '../errors/unknown-session.error.js';
import { otherCopies } from '../http/copies.js';
import type { SessionCookies } from '../http/session-cookies.js';
import { SessionManager } from '../http/session-manager.js';
import { nameOf } from '../options/session-definition.js';
import { TestClock } from './test-clock.js';
import type { TestedSession } from './tested-session.js';

/** An application or a testing module of Nest. */
export type NestApplication = Pick<INestApplicationContext, 'get'>;

/** An application that answers HTTP requests. */
interface HttpApplication {
  init(): Promise<unknown>;
  getHttpServer(): Server;
  getHttpAdapter(): { getInstance(): { ready?: () => PromiseLike<unknown> } };
}

/** The application of a test: its sessions, their clock, and the way to its server. */
export class TestedApplication {
  readonly clock: TestClock;
  readonly #app: object;
  readonly #managers: readonly SessionManager[];

  /** @throws `SessionUnavailableError` if the application does not import the module */
  constructor(app: NestApplication) {
    this.#app = app;
    this.#managers = managersOf(app);
    this.clock = new TestClock(this.#managers.map(({ clock }) => clock));
  }

  /** All cookies of a session. @throws `UnknownSessionError` */
  cookiesOf(session: TestedSession): SessionCookies {
    const name = nameOf(session);
    const known = this.#managers.flatMap((manager) => manager.options.map((options) => options.name));
    const manager = this.#managers.find(({ options }) => options.some((each) => each.name === name));
    if (!manager) throw new UnknownSessionError(name, [...new Set(known)]);
    return manager.cookiesOf(name);
  }

  /** Its server. The application does not have to listen. @throws `SessionUnavailableError` if it has none */
  server(): Promise<Server> {
    const server = servers.get(this.#app) ?? startedServerOf(this.#app);
    servers.set(this.#app, server);
    return server;
  }
}

/** The servers of applications. Nest must not start one twice, also if its first requests come together. */
const servers = new WeakMap<object, Promise<Server>>();

async function startedServerOf(app: Partial<HttpApplication>): Promise<Server> {
  if (!app.getHttpServer || !app.init || !app.getHttpAdapter)
    throw new SessionUnavailableError(
      'The browser of a test must have an application with HTTP. ' +
        'Give testSessions() what module.createNestApplication() returns.',
    );
  await app.init();
  await app.getHttpAdapter().getInstance().ready?.();
  const server: unknown = app.getHttpServer();
  if (server instanceof Server || server instanceof TlsServer) return server;
  throw new SessionUnavailableError(
    'The application of a test must speak HTTP/1.1 with a browser. ' +
      'Leave "http2" out in the test, or send sessions.as() with a client of HTTP/2.',
  );
}

/** The sessions of all modules that configure some. */
function managersOf(app: NestApplication): readonly SessionManager[] {
  try {
    return app.get(SessionManager, { strict: false, each: true });
  } catch (error) {
    throw new SessionUnavailableError(
      'The application of the test must import ClientSessionsModule. ' +
        'Import ClientSessionsModule.forRoot() or forRootAsync() in its root module, or in the testing module.' +
        otherCopies(),
      { cause: error },
    );
  }
}
