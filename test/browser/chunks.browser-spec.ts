import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals';
import { PLATFORMS, type Platform } from '../support/application.js';
import { useChromium } from './support/chromium.js';
import { NotesController, type Read, textOf, TooLargeFilter } from './support/notes.js';
import { promised } from './support/promised.js';
import { openSite } from './support/servers.js';

/** Bytes of text that fill so many cookies. Without any text the session ends. */
const BYTES = [0, 1000, 4500, 7500, 10_500, 13_000] as const;
const CHUNKED = { onTooLarge: 'chunk' as const };
const NAMES = ['cart', 'cart.1', 'cart.2'];
const ORDERS = [
  [3, 2, 3, 1, 0],
  [1, 3, 1, 2, 0],
  [2, 3, 0, 3, 2, 1, 0],
  [3, 0, 1, 0, 2, 0],
];

const chromium = useChromium();
beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

/** The address of a site whose session may take several cookies. */
async function openCart(platform: Platform, scheme: 'http' | 'https', cookie: object = {}): Promise<string> {
  const site = await openSite(platform, {
    controllers: [NotesController],
    options: { name: 'cart', cookie, ...CHUNKED },
    prepare: (app) => void app.useGlobalFilters(new TooLargeFilter()),
  });
  return site[scheme]();
}

/** The path of the page that makes the session take so many cookies. */
function pathFor(chunks: number): string {
  return chunks === 0 ? '/end' : `/fill/${BYTES[chunks]}`;
}

describe('a session in chunks', () => {
  for (const [i, order] of ORDERS.entries()) {
    const platform = PLATFORMS[i % PLATFORMS.length]!;
    const scheme = i < 2 ? 'http' : 'https';

    promised(`that takes ${order.join(', ')} cookies is always whole (${platform}, ${scheme})`, async () => {
      const origin = await openCart(platform, scheme);
      const visitor = await chromium.visitor();
      let ended: string[] = [];
      for (const chunks of order) {
        await visitor.open(origin + pathFor(chunks));
        if (chunks === 0) ended = ['cart.x'];
        expect([chunks, await visitor.names()]).toEqual([chunks, [...NAMES.slice(0, chunks), ...ended]]);
        const { content } = (await visitor.open(`${origin}/read`)).json<Read>();
        expect(content).toEqual(chunks === 0 ? {} : { text: textOf(BYTES[chunks]!) });
      }
      return 'content exact each time, no stray cookie';
    });
  }

  promised('that needs a fourth cookie is refused with 413, and stays as it was', async () => {
    const origin = await openCart('express', 'http');
    const visitor = await chromium.visitor();
    await visitor.open(origin + pathFor(3));
    const before = await visitor.jar();
    const { status, setCookies } = await visitor.open(origin + pathFor(4));
    expect([status, setCookies]).toEqual([413, []]);
    expect(await visitor.jar()).toEqual(before);
    return '413, no Set-Cookie, three cookies kept';
  });

  promised(
    'of which one is missing or of another time is a fresh session, and ends without a rest',
    async () => {
      const origin = await openCart('fastify', 'http');
      const visitor = await chromium.visitor();
      await visitor.open(origin + pathFor(3));
      const old = (await visitor.jar()).find(({ name }) => name === 'cart.1')!;
      await visitor.context.clearCookies({ name: 'cart.1' });
      expect((await visitor.open(`${origin}/read`)).json<Read>().content).toEqual({});

      await visitor.open(`${origin}/fill/7501`);
      await visitor.context.addCookies([old]);
      expect((await visitor.open(`${origin}/read`)).json<Read>().content).toEqual({});
      await visitor.open(`${origin}/write/tea/sencha`);
      expect((await visitor.open(`${origin}/read`)).json<Read>().content).toEqual({ tea: 'sencha' });
      expect(await visitor.names()).toEqual(['cart']);
      return 'a fresh session both times; the next write cleared the rest';
    },
  );

  promised('is cleared from a path and a partition, too', async () => {
    const did: string[] = [];
    for (const cookie of [{ path: '/fill' }, { secure: true, sameSite: 'none', partitioned: true }]) {
      const origin = await openCart('express', 'https', cookie);
      const visitor = await chromium.visitor();
      const sizes: number[] = [];
      for (const chunks of [3, 1, 2]) {
        await visitor.open(origin + pathFor(chunks));
        sizes.push((await visitor.jar()).length);
      }
      expect(sizes).toEqual([3, 1, 2]);
      did.push(`${Object.keys(cookie).at(-1)}: ${sizes.join(', ')} cookies`);
    }
    return did.join('; ');
  });
});
