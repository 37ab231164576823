import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { All, Controller, Logger, Query } from '@nestjs/common';
import {
  type ClientSessionsModuleOptions,
  createSessionCodec,
  Session,
  type SessionEvent,
} from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { ofSessions } from '../support/events.js';
import { SECRET } from '../support/secrets.js';

@Controller()
class FormController {
  @All()
  answer(@Query('does') does: string, @Session() session: Session<{ a?: number }>) {
    if (does === 'write') session.a = 1;
    if (does === 'reset') session.reset();
    if (does === 'regenerate') session.regenerate();
    if (does === 'setDuration') session.setDuration('1h');
    if (does === 'destroy') session.destroy();
    if (does === 'save') session.save();
    return 'done';
  }
}

const events: SessionEvent[] = [];
const onEvent = ofSessions((event) => events.push(event));

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
  events.length = 0;
});

type Row = [
  site: string | undefined,
  sameSite: 'lax' | 'strict' | 'none',
  method: string,
  does: string,
  isStored: boolean,
];

const ROWS: Row[] = [
  // What a foreign form does, and what it does without JavaScript, too.
  ['cross-site', 'lax', 'POST', 'write', false],
  ['cross-site', 'lax', 'PUT', 'write', false],
  ['cross-site', 'lax', 'DELETE', 'write', false],
  ['cross-site', 'lax', 'PATCH', 'write', false],
  // A link brings Lax cookies along: there was none.
  ['cross-site', 'lax', 'GET', 'write', true],
  ['cross-site', 'strict', 'GET', 'write', false],
  ['cross-site', 'strict', 'POST', 'write', false],
  ['cross-site', 'none', 'POST', 'write', true],
  // The site itself, its subdomains, the address bar, and clients that are no browsers.
  ['same-origin', 'strict', 'POST', 'write', true],
  ['same-site', 'strict', 'POST', 'write', true],
  ['none', 'strict', 'GET', 'write', true],
  [undefined, 'strict', 'POST', 'write', true],
  // A login that another site posts, by OpenID Connect's form_post or SAML.
  ['cross-site', 'lax', 'POST', 'reset', true],
  ['cross-site', 'lax', 'POST', 'regenerate', true],
  ['cross-site', 'lax', 'POST', 'setDuration', true],
  ['cross-site', 'strict', 'GET', 'reset', true],
  // A logout of somebody whose session this request does not know.
  ['cross-site', 'lax', 'POST', 'destroy', false],
  ['same-origin', 'lax', 'POST', 'destroy', true],
];

describe.each(PLATFORMS)('a session that begins on a request of another site (%s)', (platform) => {
  const serve = async (options: Partial<ClientSessionsModuleOptions>) => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { browser } = await start(platform, {
      controllers: [FormController],
      options: { cookieName: 'session', onEvent, ...options },
    });
    return browser();
  };

  test.each(ROWS)(
    '%s, SameSite=%s: %s that does %s is stored: %s',
    async (site, sameSite, method, does, isStored) => {
      const cookie = { sameSite, secure: sameSite === 'none' ? true : ('auto' as const) };
      const browser = await serve({ cookie });
      const headers: Record<string, string> = site ? { 'sec-fetch-site': site } : {};
      const page = await browser.request(`/?does=${does}`, { method, headers });

      expect(page.status).toBeLessThan(300);
      expect(page.setCookies).toHaveLength(isStored ? 1 : 0);
      expect(events.filter(({ type }) => type === 'withheld')).toEqual(
        isStored ? [] : [{ type: 'withheld', session: 'session' }],
      );
    },
  );

  test('is no event where nothing was to be stored', async () => {
    const browser = await serve({});
    for (const does of ['read', 'save']) {
      const page = await browser.request(`/?does=${does}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site' },
      });
      expect(page.setCookies).toEqual([]);
    }
    expect(events).toEqual([]);
  });

  test('is stored where the request brought a cookie of that name, good or bad', async () => {
    const browser = await serve({});
    const good = createSessionCodec({ name: 'session', secret: SECRET }).seal({});
    for (const cookie of [good, 'rubbish']) {
      const page = await browser.request('/?does=write', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', cookie: `session=${cookie}` },
      });
      expect(page.setCookies).toHaveLength(1);
    }
    expect(events.filter(({ type }) => type === 'withheld')).toEqual([]);
  });

  test('is stored where that was asked for', async () => {
    const browser = await serve({ crossSite: 'store' });
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.request('/?does=write', { method: 'POST', headers })).setCookies).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'withheld')).toEqual([]);
  });

  test('is withheld by the method that the browser sent, whatever a form has put in its place', async () => {
    const prepare = (app: any) =>
      void app.use((request: any, _response: unknown, next: () => void) => {
        if (request.method === 'POST') Object.assign(request, { originalMethod: 'POST', method: 'GET' });
        next();
      });
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const options = { cookieName: 'session', onEvent };
    const { browser } = await start('express', { controllers: [FormController], options, prepare });
    const headers = { 'sec-fetch-site': 'cross-site' };
    const page = await browser().request('/?does=write', { method: 'POST', headers });
    expect([page.status, page.setCookies]).toEqual([200, []]);
  });

  test('is said in the log', async () => {
    const browser = await serve({});
    const warn = jest.mocked(Logger.prototype.warn);
    await browser.request('/?does=write', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
    expect(warn.mock.calls.flat().join()).toMatch(/session "session".*another site.*reset\(\).*crossSite/);
  });
});
