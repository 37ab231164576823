import type { AddressInfo } from 'node:net';
import {
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClientSessionsModule, type ClientSessionsModuleOptions } from '../../lib/index.js';
import { Browser } from './browser.js';
import { SECRET } from './secrets.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface Setup {
  readonly controllers?: Type[];
  readonly options?: Partial<ClientSessionsModuleOptions>;
  readonly imports?: ModuleMetadata['imports'];
  readonly providers?: ModuleMetadata['providers'];
  /** Nest middleware for every route. It runs after the middleware of the sessions. */
  readonly middleware?: Type[];
  /** The module to import instead of `forRoot(options)`. */
  readonly sessions?: ModuleMetadata['imports'];
  /** Does what `main.ts` would do before listening. */
  readonly prepare?: (app: INestApplication) => void | Promise<void>;
  readonly trustProxy?: boolean;
}

/** A running application and visitors for it. */
export interface Running {
  readonly app: INestApplication;
  readonly origin: string;
  browser(now?: () => number): Browser;
  close(): Promise<void>;
}

const running = new Set<INestApplication>();

/** Boots an application on 127.0.0.1 and a free port. */
export async function start(platform: Platform, setup: Setup = {}): Promise<Running> {
  const options = { secret: SECRET, ...setup.options } as ClientSessionsModuleOptions;
  const imports = [...(setup.sessions ?? [ClientSessionsModule.forRoot(options)]), ...(setup.imports ?? [])];
  const { middleware } = setup;
  class AppModule {}
  if (middleware) {
    // On Fastify, a module with this method changes how requests enter the application.
    const configure = (consumer: MiddlewareConsumer) => consumer.apply(...middleware).forRoutes('{*splat}');
    Object.assign(AppModule.prototype, { configure });
  }
  Module({ imports, controllers: setup.controllers ?? [], providers: setup.providers ?? [] })(AppModule);
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = createApplication(platform, setup, module);
  await setup.prepare?.(app);
  running.add(app);
  await app.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return {
    app,
    origin,
    browser: (now) => new Browser(origin, now ?? options.now),
    close: () => stop(app),
  };
}

/** Stops everything that a test started. Call it in `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

function createApplication(
  platform: Platform,
  { trustProxy = false }: Setup,
  module: Awaited<ReturnType<ReturnType<typeof Test.createTestingModule>['compile']>>,
): INestApplication {
  if (platform === 'fastify') {
    return module.createNestApplication<NestFastifyApplication>(new FastifyAdapter({ trustProxy }), {
      logger: false,
    });
  }
  const app = module.createNestApplication<NestExpressApplication>(new ExpressAdapter(), { logger: false });
  if (trustProxy) app.set('trust proxy', true);
  return app;
}

async function stop(app: INestApplication): Promise<void> {
  running.delete(app);
  await app.close();
}
