import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as common from '@nestjs/common';
import passport from 'passport';
import * as library from '../../lib/index.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { SECRET } from '../support/secrets.js';
import { toJavaScript } from './moving-from-others/guide.js';

const guide = readFileSync(new URL('../../docs/passport.md', import.meta.url), 'utf8');
const [, code = ''] = /^```ts\n(\/\/ app\.module\.ts\n.*?)^```$/ms.exec(guide) ?? [];

const fromDisk = createRequire(import.meta.url);
const GIVEN: Readonly<Record<string, unknown>> = {
  '@nestjs/common': common,
  'nestjs-client-sessions': library,
  passport,
};

afterEach(stopAll);

/** What the guide says of logins that end on all servers. */
const [, subject = ''] = /with `(subject: .+?)`/.exec(guide) ?? [];
const [, end = ''] = /`(await logins\.end\(.+?\))`/.exec(guide) ?? [];

/** The guide's file with what the guide says of such logins. */
function withLogins(): string {
  return code
    .replace(
      "duration: '1 day',",
      `duration: '1 day', ${subject}, revocations: { store: process.env.STORE },`,
    )
    .replace('class LoginController {', '$& constructor(private readonly logins: Logins) {}')
    .replace('{ ClientSessionsModule }', '{ ClientSessionsModule, getSession, Logins }')
    .replace('await promisify(request.logout', `${end.replace('logins', 'this.logins')}; $&`);
}

/** The guide's file as it stands; on Fastify with what the guide says of it. */
function load(platform: Platform, file: string = code): { AppModule: common.Type } {
  const adapted =
    platform === 'fastify'
      ? file.replaceAll(/\brequest(?=\.(logIn|logout|user)\b|\))/g, 'request.raw')
      : file;
  const exports = {};
  const require = (name: string): unknown => {
    const given = GIVEN[name];
    return name === 'passport' ? { __esModule: true, default: given } : (given ?? fromDisk(name));
  };
  // oxlint-disable-next-line no-implied-eval -- It is the guide's.
  new Function('exports', 'require', 'process', toJavaScript(adapted))(exports, require, {
    env: { SESSION_SECRET: SECRET, STORE: new MemoryLogins().open() },
  });
  return exports as { AppModule: common.Type };
}

describe.each(PLATFORMS)('passport, as the guide has it (%s)', (platform) => {
  test('logs in and out', async () => {
    const { AppModule } = load(platform);
    const { browser } = await start(platform, { sessions: [AppModule] });
    const [visitor, other] = [browser(), browser()];
    const me = async (who = visitor): Promise<unknown> => (await who.get('/me')).json();
    expect(await me()).toEqual({ user: null });
    await visitor.post('/login');
    expect(await me()).toEqual({ user: { id: '42' } });
    expect(await me(other)).toEqual({ user: null });
    await visitor.post('/logout');
    expect(await me()).toEqual({ user: null });
  });

  test('refuses copies of the cookie after a logout, with what the guide says of that', async () => {
    const { AppModule } = load(platform, withLogins());
    const { browser, origin } = await start(platform, { sessions: [AppModule] });
    const [visitor, thief] = [browser(), new Browser(origin)];
    const me = async (who: Browser): Promise<unknown> => (await who.get('/me')).json();
    await visitor.post('/login');
    for (const [name, value] of visitor.jar()) thief.setCookie(name, value);
    expect(await me(thief)).toEqual({ user: { id: '42' } });
    expect((await visitor.post('/logout')).status).toBe(201);
    expect([await me(visitor), await me(thief)]).toEqual([{ user: null }, { user: null }]);
  });
});
