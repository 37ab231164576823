import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals';
import type { CookieOptions, SessionOptions } from '../../lib/index.js';
import { PLATFORMS, type Platform } from '../support/application.js';
import { useChromium } from './support/chromium.js';
import { NotesController, type Read } from './support/notes.js';
import { promised } from './support/promised.js';
import { openSite } from './support/servers.js';
import type { Visitor } from './support/visitor.js';

const HOST = 'app.example.test';
const SECURE = { secure: true, sameSite: 'none' } as const;

/** What the session was before a deployment, and what it is now. */
interface Move {
  readonly before: SessionOptions;
  readonly now: SessionOptions & { readonly cookie?: CookieOptions };
  /** Where pages stand that both cookies are sent to. */
  readonly under?: string;
}

const MOVES: Readonly<Record<string, Move>> = {
  'from a domain to the host alone': {
    before: { cookie: { domain: 'example.test' } },
    now: { previousCookies: [{ domain: 'example.test' }] },
  },
  'from the host alone to a domain': {
    before: {},
    now: { cookie: { domain: 'example.test' }, previousCookies: [{ domain: undefined }] },
  },
  'from a host of its own as domain to a wider domain': {
    before: { cookie: { domain: HOST } },
    now: { cookie: { domain: '.example.test' }, previousCookies: [{ domain: HOST }] },
  },
  'from a path to all paths': {
    before: { cookie: { path: '/shop' } },
    now: { previousCookies: [{ path: '/shop' }] },
    under: '/shop',
  },
  'from all paths to a path': {
    before: {},
    now: { cookie: { path: '/shop' }, previousCookies: [{ path: '/' }] },
    under: '/shop',
  },
  'into a partition': {
    before: { cookie: SECURE },
    now: { cookie: { ...SECURE, partitioned: true }, previousCookies: [{ partitioned: false }] },
  },
  'out of a partition': {
    before: { cookie: { ...SECURE, partitioned: true } },
    now: { cookie: { secure: true }, previousCookies: [{ partitioned: true }] },
  },
  'to __Host-, from a name with a domain': {
    before: { cookie: { domain: 'example.test' } },
    now: {
      cookieName: '__Host-session',
      requestKey: 'session',
      cookie: { secure: true },
      previousCookies: [{ name: 'session', domain: 'example.test' }],
    },
  },
  'to another name, domain and path at once': {
    before: {
      cookieName: 'basket',
      requestKey: 'session',
      cookie: { domain: 'example.test', path: '/shop' },
    },
    now: { previousCookies: [{ name: 'basket', domain: 'example.test', path: '/shop' }] },
    under: '/shop',
  },
};

const chromium = useChromium();
beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

/** Two servers of one host: that before a deployment, and that after it. */
async function deploy(platform: Platform, { before, now, under = '' }: Move) {
  const open = async (options: SessionOptions): Promise<string> => {
    const site = await openSite(platform, {
      controllers: [NotesController],
      options: { name: 'session', ...options },
      prepare: (app) => void app.setGlobalPrefix(under),
    });
    return site.https(HOST) + under;
  };
  return { before: await open(before), now: await open(now) };
}

async function contentAt(visitor: Visitor, origin: string): Promise<Record<string, string>> {
  return (await visitor.open(`${origin}/read`)).json<Read>().content;
}

for (const [i, [title, move]] of Object.entries(MOVES).entries()) {
  const platform = PLATFORMS[i % PLATFORMS.length]!;

  describe(`a cookie that moves ${title} (${platform})`, () => {
    const ended = `${move.now.cookieName ?? 'session'}.x`;

    promised('takes the session along, and ends with it', async () => {
      const { before, now } = await deploy(platform, move);
      const visitor = await chromium.visitor();
      await visitor.open(`${before}/write/tea/sencha`);
      expect(await contentAt(visitor, now)).toEqual({ tea: 'sencha' });

      await visitor.open(`${now}/write/tea/assam`);
      expect(await contentAt(visitor, now)).toEqual({ tea: 'assam' });
      const jar = await visitor.jar();
      expect(jar).toHaveLength(1);
      expect(jar[0]!.partitionKey !== undefined).toBe(move.now.cookie?.partitioned ?? false);

      await visitor.open(`${now}/end`);
      expect(await visitor.names()).toEqual([ended]);
      return 'continued, changed, one cookie; after logout only the name of what ended';
    });

    promised('ends also if nothing was written in between', async () => {
      const { before, now } = await deploy(platform, move);
      const visitor = await chromium.visitor();
      await visitor.open(`${before}/write/tea/sencha`);
      await visitor.open(`${now}/end`);
      expect(await visitor.names()).toEqual([ended]);
      expect(await contentAt(visitor, now)).toEqual({});
      return 'after logout only the name of what ended';
    });

    promised('follows the newer write while old and new servers run side by side', async () => {
      const { before, now } = await deploy(platform, move);
      const visitor = await chromium.visitor();
      await visitor.open(`${now}/write/tea/assam`);
      await visitor.open(`${before}/write/tea/oolong`);
      const both = (await visitor.jar()).length;
      expect((await contentAt(visitor, now))['tea']).toBe('oolong');

      await visitor.open(`${now}/write/tea/sencha`);
      expect((await contentAt(visitor, now))['tea']).toBe('sencha');
      await visitor.open(`${now}/end`);
      expect(await visitor.names()).toEqual([ended]);
      return `${both} cookies at once, the later write won; after logout only the name of what ended`;
    });
  });
}

describe('a cookie that moved from a path to all paths', () => {
  promised('does not come back after a login and a logout outside that path', async () => {
    const { before, now } = MOVES['from a path to all paths']!;
    const shop = await deploy('express', { before, now, under: '/shop' });
    const site = await deploy('express', { before, now });
    const visitor = await chromium.visitor();
    await visitor.open(`${shop.before}/write/user/ada`);
    await visitor.open(`${site.now}/write/user/grace`);
    expect(await contentAt(visitor, shop.now)).toEqual({ user: 'grace' });
    await visitor.open(`${site.now}/end`);
    expect(await contentAt(visitor, shop.now)).toEqual({});
    expect(await visitor.names()).toEqual(['session.x']);
    return 'cleared although it was not sent';
  });
});
