import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect } from '@jest/globals';
import { All, Controller, Get, Header, Query } from '@nestjs/common';
import { Session } from '../../lib/index.js';
import { useChromium, withProfile } from './support/chromium.js';
import type { Notes } from './support/notes.js';
import { promised } from './support/promised.js';
import { openSite, serveHtml, type Site } from './support/servers.js';
import type { Visitor } from './support/visitor.js';

const HOST = 'app.example.test';
const OTHER_SITE = 'evil.other.test';
const SAME_SITE = 'blog.example.test';

/** Sessions by their SameSite, and one that is kept per embedding site. */
const SESSIONS = [
  { name: 'strict', cookie: { sameSite: 'strict' } },
  { name: 'lax', cookie: {} },
  { name: 'none', cookie: { secure: true, sameSite: 'none' } },
  { name: 'partitioned', cookie: { secure: true, sameSite: 'none', partitioned: true } },
] as const;

const chromium = useChromium();

let site: Site;
let foreign: Site;
/** Tells the test with which sessions the next request to `/seen` came. */
let seen: Promise<string[]>;

beforeEach(async () => {
  let tell!: (names: string[]) => void;
  seen = new Promise((resolve) => (tell = resolve));

  @Controller()
  class SitesController {
    @Get('fill')
    @Header('content-type', 'text/html')
    fill(
      @Session('strict') strict: Notes,
      @Session('lax') lax: Notes,
      @Session('none') none: Notes,
      @Session('partitioned') partitioned: Notes,
      @Query('then') then?: string,
    ): string {
      for (const notes of [strict, lax, none, partitioned]) notes['user'] = 'ada';
      return then ? `<script>location = '${then}'</script>` : 'filled';
    }

    @All('seen')
    @Header('content-type', 'text/html')
    seen(
      @Session('strict') strict: Notes,
      @Session('lax') lax: Notes,
      @Session('none') none: Notes,
      @Session('partitioned') partitioned: Notes,
    ): string {
      const all = { strict, lax, none, partitioned };
      tell(Object.entries(all).flatMap(([name, { user }]) => (user ? [name] : [])));
      return 'seen';
    }
  }
  site = await openSite('express', { controllers: [SitesController], options: { sessions: [...SESSIONS] } });
  const url = site.https(HOST);
  foreign = await serveHtml({
    '/link': `<a href="${url}/seen">read</a>`,
    '/form': `<form method="post" action="${url}/seen"><button>send</button></form>`,
    '/frame': `<iframe src="${url}/seen"></iframe>`,
    '/filling-frame': `<iframe src="${url}/fill?then=/seen"></iframe>`,
    '/fetch': `<script>fetch('${url}/seen', { mode: 'no-cors', credentials: 'include' })</script>`,
    '/image': `<img src="${url}/seen">`,
  });
});

/** Fills all sessions on the site itself, then comes from another one. Returns the sessions that came along. */
async function comeFrom(host: string, path: string, visitor: Visitor): Promise<string[]> {
  await visitor.open(`${site.https(HOST)}/fill`);
  expect(await visitor.names()).toEqual(['lax', 'none', 'partitioned', 'strict']);
  await visitor.open(foreign.https(host) + path);
  if (path === '/link') await visitor.page.click('a');
  if (path === '/form') await visitor.page.click('button');
  return seen;
}

/** Runs with a profile that allows cookies in the frames of other sites, which Chromium blocks otherwise. */
async function whereAllowed<T>(run: (visitor: Visitor) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  mkdirSync(join(folder, 'Default'));
  const profile = { cookie_controls_mode: 0, block_third_party_cookies: false };
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify({ profile }));
  try {
    return await withProfile(folder, run);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('from another site', () => {
  promised('a link brings all but the strict session', async () => {
    const came = await comeFrom(OTHER_SITE, '/link', await chromium.visitor());
    expect(came).toEqual(['lax', 'none', 'partitioned']);
    return `came: ${came.join(', ')}`;
  });

  promised('a form brings neither the lax nor the strict session', async () => {
    const came = await comeFrom(OTHER_SITE, '/form', await chromium.visitor());
    expect(came).toEqual(['none', 'partitioned']);
    return `came: ${came.join(', ')}`;
  });

  promised('a frame brings the session with SameSite=None, where the visitor allows that', async () => {
    const came = await whereAllowed((visitor) => comeFrom(OTHER_SITE, '/frame', visitor));
    expect(came).toEqual(['none']);
    return `came: ${came.join(', ')}`;
  });

  for (const path of ['/frame', '/fetch', '/image']) {
    promised(`${path.slice(1)} brings at most the session with SameSite=None`, async () => {
      const came = await comeFrom(OTHER_SITE, path, await chromium.visitor());
      expect(['', 'none']).toContain(came.join());
      return `came in a private window: ${came.join(', ') || 'none of them'}`;
    });
  }

  promised('a frame keeps a partitioned session of its own, and no lax or strict one', async () => {
    const visitor = await chromium.visitor();
    await visitor.open(`${foreign.https(OTHER_SITE)}/filling-frame`);
    const came = await seen;
    expect(came).toContain('partitioned');
    expect(came).not.toContain('lax');
    expect(came).not.toContain('strict');
    const [cookie] = (await visitor.jar()).filter(({ name }) => name === 'partitioned');
    expect(cookie?.partitionKey).toContain('other.test');
    return `kept in the frame: ${came.join(', ')}; partition ${cookie!.partitionKey}`;
  });
});

describe('from another host of the same site', () => {
  for (const path of ['/link', '/form', '/frame']) {
    promised(`a ${path.slice(1)} brings every session`, async () => {
      const came = await comeFrom(SAME_SITE, path, await chromium.visitor());
      expect(came).toEqual(['strict', 'lax', 'none', 'partitioned']);
      return 'all came: SameSite protects against no neighbour, tokens do';
    });
  }
});
