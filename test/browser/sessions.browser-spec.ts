import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest } from '@jest/globals';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type CachePolicy, getSession, Session } from '../../lib/index.js';
import { PLATFORMS, type Platform } from '../support/application.js';
import { useChromium, withProfile } from './support/chromium.js';
import { type Notes, NotesController, type Read, textOf, TooLargeFilter } from './support/notes.js';
import { promised } from './support/promised.js';
import { openSite } from './support/servers.js';
import type { Visitor } from './support/visitor.js';

const chromium = useChromium();

afterEach(() => void jest.restoreAllMocks());

describe('a cookie of', () => {
  /** Opens a site, and finds how many bytes of text make its cookie take exactly this size. */
  async function openFitting(platform: Platform, size: number) {
    const time = Date.now();
    for (const name of ['n', 'no', 'not', 'note']) {
      const site = await openSite(platform, {
        controllers: [NotesController],
        // Later writes would take more bytes.
        options: { name, now: () => time },
        prepare: (app) => void app.useGlobalFilters(new TooLargeFilter()),
      });
      const [origin, visitor] = [site.http(), await chromium.visitor()];
      await visitor.open(`${origin}/fill/10`);
      for (const bytes of [2900, 2901, 2902]) {
        await visitor.open(`${origin}/fill/${bytes}`);
        const before = (await visitor.cookie(name))!;
        const missing = size - name.length - before.value.length;
        // Three bytes of content are four characters of text.
        if (missing % 4 === 0) return { origin, visitor, name, bytes: bytes + (missing / 4) * 3, before };
      }
    }
    throw new Error(`No text fills a cookie to ${size} bytes`);
  }

  for (const [i, size] of [4095, 4096, 4097].entries()) {
    const platform = PLATFORMS[i % PLATFORMS.length]!;

    promised(`${size} bytes is ${size > 4096 ? 'refused with 413' : 'stored'} (${platform})`, async () => {
      const { origin, visitor, name, bytes, before } = await openFitting(platform, size);
      const answer = await visitor.open(`${origin}/fill/${bytes}`);
      const after = (await visitor.cookie(name))!;
      const { content } = (await visitor.open(`${origin}/read`)).json<Read>();
      if (size > 4096) {
        expect(answer).toMatchObject({ status: 413, text: `${size} bytes`, setCookies: [] });
        expect([after, content['text']!.length < bytes]).toEqual([before, true]);
        return '413, no Set-Cookie, the old cookie kept';
      }
      expect(name.length + after.value.length).toBe(size);
      expect(content).toEqual({ text: textOf(bytes) });
      return `stored ${size} bytes, sent back`;
    });
  }
});

describe('two tabs', () => {
  /** A site with a page that takes until `release()`. */
  async function openSlowSite() {
    let arrived!: () => void;
    let release!: () => void;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const gate = new Promise<void>((resolve) => (release = resolve));

    @Controller()
    class SlowController {
      @Get('slow/read')
      async read(@Session() notes: Notes): Promise<Record<string, string>> {
        const content = { ...notes };
        arrived();
        await gate;
        return content;
      }

      @Get('slow/write')
      async write(@Session() notes: Notes): Promise<string> {
        notes['slow'] = 'yes';
        arrived();
        await gate;
        return 'written';
      }

      @Get('cart')
      cart(@Session('cart') cart: Notes): string {
        cart['tea'] = 'sencha';
        return 'written';
      }

      @Get('cart/read')
      readCart(@Session('cart') cart: Notes): Record<string, string> {
        return { ...cart };
      }
    }
    const site = await openSite('express', {
      controllers: [NotesController, SlowController],
      options: { sessions: [{ name: 'session' }, { name: 'cart' }] },
    });
    return { origin: site.http(), arrival, release };
  }

  /** Opens a slow page, meanwhile another one in a second tab, and then lets the slow one end. */
  async function overlap(slow: string, quick: string): Promise<[Visitor, string]> {
    const { origin, arrival, release } = await openSlowSite();
    const first = await chromium.visitor();
    await first.open(`${origin}/write/first/yes`);
    const second = await first.openTab();
    const ending = first.open(origin + slow);
    await arrival;
    await second.open(origin + quick);
    release();
    await ending;
    return [second, origin];
  }

  promised('that write one session: the last answer wins as a whole, nothing is mixed', async () => {
    const [visitor, origin] = await overlap('/slow/write', '/write/quick/yes');
    const { content } = (await visitor.open(`${origin}/read`)).json<Read>();
    expect(content).toEqual({ first: 'yes', slow: 'yes' });
    return 'one cookie, that of the last answer';
  });

  promised('that write two sessions: both are kept', async () => {
    const [visitor, origin] = await overlap('/slow/write', '/cart');
    const { content } = (await visitor.open(`${origin}/read`)).json<Read>();
    expect(content).toEqual({ first: 'yes', slow: 'yes' });
    expect((await visitor.open(`${origin}/cart/read`)).json()).toEqual({ tea: 'sencha' });
    return 'both cookies kept';
  });

  promised('of which one reads slowly: it undoes neither a write nor a logout', async () => {
    const [writing, first] = await overlap('/slow/read', '/write/quick/yes');
    const { content } = (await writing.open(`${first}/read`)).json<Read>();
    expect(content).toEqual({ first: 'yes', quick: 'yes' });
    const [ending] = await overlap('/slow/read', '/end');
    expect(await ending.names()).toEqual(['session.x']);
    return 'the write stays, the logout stays';
  });
});

describe('a restart of the browser', () => {
  promised('ends an ephemeral session, and no other', async () => {
    @Controller()
    class BothController {
      @Get('both')
      both(
        @Session('kept') kept: Notes,
        @Session('brief') brief: Notes,
        @Session('soon') soon: Notes,
      ): string {
        for (const notes of [kept, brief, soon]) notes['tea'] = 'sencha';
        soon.setDuration('2 hours', true);
        return 'written';
      }
    }
    const site = await openSite('express', {
      controllers: [BothController, NotesController],
      options: {
        sessions: [{ name: 'kept' }, { name: 'brief', cookie: { ephemeral: true } }, { name: 'soon' }],
      },
    });
    const folder = mkdtempSync(join(tmpdir(), 'profile-'));
    try {
      await withProfile(folder, async (visitor) => {
        await visitor.open(`${site.http()}/both`);
        expect(await visitor.names()).toEqual(['brief', 'kept', 'soon']);
      });
      await withProfile(folder, async (visitor) => {
        expect(await visitor.names()).toEqual(['kept']);
        const { content } = (await visitor.open(`${site.http()}/read`)).json<Read>();
        expect(content).toEqual({ tea: 'sencha' });
      });
      return 'the ephemeral cookies are gone, the other is sent';
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Every page tells the server what it shows, as nothing else sees a page that comes back as it was left. */
const TELLS = `<script>
  addEventListener('pageshow', ({ persisted }) => {
    const text = document.querySelector('p').textContent;
    fetch('/shown/' + (persisted ? 'as it was left' : 'asked again') + '/' + text);
  });
</script>`;

/** A page of an account, and what browsers show of it. */
function createAccount() {
  let tell: (seen: { how: string; text: string }) => void;
  const shown = () => new Promise<{ how: string; text: string }>((resolve) => (tell = resolve));

  @Controller()
  class AccountController {
    @Get('login')
    @Header('content-type', 'text/html')
    login(@Session() session: Notes): string {
      session['user'] = 'ada';
      return '<a href="/account">account</a>';
    }

    @Get('account')
    @Header('content-type', 'text/html')
    account(@Session() session: Notes): string {
      return `<p>Account of ${session['user'] ?? 'nobody'}</p><a href="/logout">log out</a>${TELLS}`;
    }

    @Get('logout')
    @Header('content-type', 'text/html')
    logout(@Session() session: Notes): string {
      session.destroy();
      return 'logged out';
    }

    @Get('shown/:how/:text')
    @Header('cache-control', 'no-store')
    show(@Param('how') how: string, @Param('text') text: string): void {
      tell({ how, text });
    }
  }
  return { controllers: [AccountController], shown };
}

describe.each([true, false])('Back after logout, with a back/forward cache: %s', (backForwardCache) => {
  const chromium = useChromium({ backForwardCache });

  async function backTo(cache: CachePolicy, scheme: 'http' | 'https') {
    const { controllers, shown } = createAccount();
    const site = await openSite('express', { controllers, options: { name: 'session', cache } });
    // Playwright loses a tab whose page comes back as it was left.
    const visitor = await (await chromium.visitor()).openTab();
    await visitor.open(`${site[scheme]()}/login`);
    const first = shown();
    await visitor.click('a[href="/account"]');
    expect(await first).toEqual({ how: 'asked again', text: 'Account of ada' });
    await visitor.click('a[href="/logout"]');
    expect(await visitor.names()).toEqual(['session.x']);
    const second = shown();
    await visitor.page.evaluate('history.back()');
    return second;
  }

  promised('asks again for a page with no-store', async () => {
    const schemes = backForwardCache ? (['http', 'https'] as const) : (['http'] as const);
    for (const scheme of schemes) {
      const seen = await backTo('no-store', scheme);
      expect(seen).toEqual({ how: 'asked again', text: 'Account of nobody' });
    }
    return `asked again over ${schemes.join(' and ')}: nobody is logged in`;
  });

  promised('may show a page without it, which is why there is no-store', async () => {
    const { how, text } = await backTo('private', 'http');
    if (backForwardCache) expect([how, text]).toEqual(['as it was left', 'Account of ada']);
    return `${how}: ${text}`;
  });
});

describe('Clear-Site-Data: "cookies"', () => {
  @Controller('clear')
  class ClearController {
    @Get('fill')
    fill(@Session() session: Notes, @Session('cart') cart: Notes): string {
      for (const notes of [session, cart]) notes['tea'] = 'sencha';
      return 'filled';
    }

    @Get('end')
    @Header('clear-site-data', '"cookies"')
    end(@Session() session: Notes): string {
      session.destroy();
      return 'ended';
    }

    @Get('write/:tea')
    @Header('clear-site-data', '"cookies"')
    write(@Param('tea') tea: string, @Session() session: Notes): string {
      session['tea'] = tea;
      return 'written';
    }
  }

  async function after(path: string, scheme: 'http' | 'https'): Promise<string[]> {
    const site = await openSite('fastify', {
      controllers: [ClearController],
      options: { sessions: [{ name: 'session' }, { name: 'cart', cookie: { path: '/clear' } }] },
    });
    const visitor = await chromium.visitor();
    await visitor.open(`${site[scheme]()}/clear/fill`);
    expect(await visitor.names()).toEqual(['cart', 'session']);
    await visitor.open(`${site[scheme]()}${path}`);
    return visitor.names();
  }

  promised('with a logout leaves nothing', async () => {
    for (const scheme of ['http', 'https'] as const) expect(await after('/clear/end', scheme)).toEqual([]);
    return 'no cookie left on http://localhost and https, the cart is gone too';
  });

  promised('with a write', async () => {
    const left = await after('/clear/write/assam', 'https');
    return left.length === 0 ? 'the new cookie is cleared too' : `left: ${left.join(', ')}`;
  });
});

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('read')
  read(@ConnectedSocket() client: object) {
    return { event: 'read', data: { ...getSession(client) } };
  }
}

describe.each(PLATFORMS)('a WebSocket handshake (%s)', (platform) => {
  promised('brings the session into the gateway', async () => {
    const site = await openSite(platform, {
      controllers: [NotesController],
      providers: [Gateway],
      options: { name: 'session', cookie: { sameSite: 'strict' } },
    });
    const visitor = await chromium.visitor();
    const read = async (): Promise<unknown> => {
      await visitor.page.addScriptTag({ url: `${site.http()}/socket.io/socket.io.js` });
      return visitor.page.evaluate(`new Promise((resolve, reject) => {
        const socket = io({ transports: ['websocket'], reconnection: false });
        socket.on('read', (data) => { socket.close(); resolve(data); });
        socket.on('connect_error', reject);
        socket.on('exception', ({ message }) => reject(new Error(message)));
        socket.emit('read', {});
      })`);
    };
    await visitor.open(`${site.http()}/write/tea/sencha`);
    expect(await read()).toEqual({ tea: 'sencha' });
    await visitor.open(`${site.http()}/end`);
    expect(await read()).toEqual({});
    return 'the cookie is sent, and the session read; after logout there is none';
  });
});
