import 'reflect-metadata';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { contentOf } from '../content.mjs';

/** Bytes of JSON in each session. */
const CONTENT_BYTES = 60;

/**
 * An application that keeps visitors' sessions with a library, listening on a free port.
 *
 * @param {import('../libraries/library.mjs').Library} library
 * @param {string[]} names of the sessions
 * @param {'express' | 'fastify'} platform
 */
export async function startApplication(library, names, platform) {
  class AppModule {}
  const usage = await library.load();
  const controllers = [createController(usage, names)];
  Module({ imports: usage.imports?.(names) ?? [], controllers })(AppModule);
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  await usage.install?.(app, names);
  await app.init();
  // Between two rounds a connection rests for longer than servers usually wait.
  Object.assign(app.getHttpServer(), { keepAliveTimeout: 600_000, headersTimeout: 0, requestTimeout: 0 });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** Every route but the first works on all sessions of the application. */
function createController(usage, names) {
  let views = 0;
  const { save } = usage;
  const work = {
    untouched: () => ({ views: 1 }),
    read: (sessions) => ({ views: sessions.map((session) => session.views) }),
    written(sessions) {
      for (const session of sessions) session.views = 1000 + (++views % 9000);
      return { views };
    },
    /** Begins a visitor's sessions. */
    start(sessions) {
      views++;
      for (const session of sessions) {
        for (const [key, value] of Object.entries(contentOf(CONTENT_BYTES))) session[key] = value;
        session.csrf = `${session.csrf.slice(0, -6)}${String(views).padStart(6, '0')}`;
      }
      return {};
    },
    show: (sessions) => sessions.map(({ user, views }) => ({ user, views })),
  };
  const savesAfter = { written: save, start: save };

  class SessionsController {}
  const { prototype } = SessionsController;
  Controller()(SessionsController);
  for (const [path, handle] of Object.entries(work)) {
    const used = path === 'untouched' ? [] : names;
    prototype[path] = usage.isAsync
      ? asyncHandler(usage, used, handle, savesAfter[path])
      : handler(usage, used, handle);
    Get(path)(prototype, path, Object.getOwnPropertyDescriptor(prototype, path));
    injectInto(prototype, path, usage, used);
  }
  return SessionsController;
}

/** First the response where the library wants it, then what each session is opened from. */
function injectInto(prototype, path, { isAsync, parameter }, names) {
  const decorators = names.map((name) => parameter?.(name) ?? Req());
  if (names.length === 0) decorators.push(Req());
  if (isAsync) decorators.unshift(Res({ passthrough: true }));
  decorators.forEach((decorate, i) => decorate(prototype, path, i));
}

function handler({ open }, names, handle) {
  return (...injected) => handle(names.map((name, i) => open(injected[i], name)));
}

function asyncHandler({ open }, names, handle, save) {
  return async (response, ...injected) => {
    const sessions = [];
    for (const [i, name] of names.entries()) sessions.push(await open(injected[i], name, response));
    const result = handle(sessions);
    if (save) for (const session of sessions) await save(session);
    return result;
  };
}
