import { createRequire } from 'node:module';
import * as common from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import * as library from '../../lib/index.js';
import * as testing from '../../lib/testing.js';
import { type Platform, PLATFORMS } from '../support/application.js';
import { SECRET } from '../support/secrets.js';
import { toJavaScript } from './moving-from-others/guide.js';
import { FILES, TESTS } from './testing/page.js';

const fromDisk = createRequire(import.meta.url);

/** The modules that the page imports. What it says for Vitest runs in Jest. */
function modulesOn(platform: Platform): Readonly<Record<string, object>> {
  return {
    '@nestjs/common': common,
    '@nestjs/testing': platform === 'express' ? { Test } : { Test: onFastify },
    'nestjs-client-sessions': library,
    'nestjs-client-sessions/testing': testing,
    supertest: { __esModule: true, default: supertest },
    vitest: { afterEach, beforeEach, expect, test },
  };
}

const onFastify: Pick<typeof Test, 'createTestingModule'> = {
  createTestingModule: (metadata) => {
    const builder = Test.createTestingModule(metadata);
    const compile = builder.compile.bind(builder);
    builder.compile = async () => {
      const module = await compile();
      const create = module.createNestApplication.bind(module) as (adapter: object) => NestFastifyApplication;
      module.createNestApplication = (() => {
        const app = create(new FastifyAdapter());
        const init = app.init.bind(app);
        // The page says that supertest needs it.
        app.init = async () => {
          await init();
          await app.getHttpAdapter().getInstance().ready();
          return app;
        };
        return app;
      }) as never;
      return module;
    };
    return builder;
  },
};

/** Runs a file of the page. */
function run(
  name: string,
  given: Readonly<Record<string, object>>,
  loaded = new Map<string, object>(),
): object {
  const exports = {};
  const require = (wanted: string): unknown => {
    const file = /^\.\/(.+)\.js$/.exec(wanted)?.[1];
    if (file === undefined) return given[wanted] ?? fromDisk(wanted);
    if (!loaded.has(file)) loaded.set(file, run(`${file}.ts`, given, loaded));
    return loaded.get(file);
  };
  // oxlint-disable-next-line no-implied-eval -- It is the page's.
  new Function('exports', 'require', toJavaScript(FILES.get(name)!))(exports, require);
  return exports;
}

beforeEach(() => void (process.env.SESSION_SECRET = SECRET));
afterEach(() => void delete process.env.SESSION_SECRET);

describe.each(PLATFORMS)('the page on tests, on %s', (platform) => {
  describe.each(TESTS)('%s', (name) => {
    run(name, modulesOn(platform));
  });
});

test('the first test with a visitor who is logged in has at most six lines', () => {
  const first = FILES.get(TESTS[0]!)!;
  const body = /^test\(.*^\}\);\n/ms.exec(first)![0];
  expect(body.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
});
