import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { getSession } from '../../lib/index.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser, type Page } from '../support/browser.js';
import { describeWith, freePort, startNginx, startVarnish, stopProxies } from '../support/proxies.js';
import { printTable } from '../support/table.js';

/** The sessions of the site, by their policy. */
const SESSIONS = [
  { name: 'private' },
  { name: 'no-store', cache: 'no-store' as const },
  { name: 'false', cache: false as const },
];
const POLICIES = [...SESSIONS.map(({ name }) => name), 'no session'];

/** What pages say to caches. No page speaks of shared caches. */
const SAYINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nothing: {},
  'max-age': { 'Cache-Control': 'max-age=600' },
  expires: { Expires: new Date(Date.now() + 600_000).toUTCString() },
  etag: { 'Last-Modified': new Date(Date.now() - 600_000).toUTCString() },
  stale: { 'Cache-Control': 'max-age=1, stale-while-revalidate=600' },
};

const GUEST = 'guest';

@Controller()
class SiteController {
  @Post('login/:user')
  login(@Req() request: object, @Param('user') user: string): void {
    for (const { name } of SESSIONS) getSession<{ user?: string }>(request, name).user = user;
  }

  /** Names the visitor in the body, in a header and in the tag. */
  @Get('pages/:policy/:saying')
  page(
    @Req() request: object,
    @Res({ passthrough: true }) response: { header(name: string, value: string): void },
    @Param('policy') policy: string,
    @Param('saying') saying: string,
  ): string {
    const isPublic = policy === 'no session';
    const user = isPublic ? undefined : getSession<{ user?: string }>(request, policy).user;
    const visitor = isPublic ? 'everybody' : (user ?? GUEST);
    const headers = { ...SAYINGS[saying], ETag: `"${visitor}"`, 'X-Visitor': visitor };
    for (const [name, value] of Object.entries(headers)) response.header(name, value);
    return visitor;
  }
}

/** A cache in front of one platform. */
interface Cache {
  readonly name: string;
  readonly platform: Platform;
  readonly obeysVary: boolean;
  readonly port: number;
  readonly application: string;
}

async function caches(name: string): Promise<Cache[]> {
  const all = PLATFORMS.flatMap((platform) => [true, false].map((obeysVary) => ({ platform, obeysVary })));
  return Promise.all(
    all.map(async (each) => {
      const { origin } = await start(each.platform, {
        controllers: [SiteController],
        options: { sessions: SESSIONS },
      });
      return { ...each, name, port: await freePort(), application: new URL(origin).host };
    }),
  );
}

async function startNginxCaches(): Promise<Cache[]> {
  const all = await caches('nginx');
  // It caches what says nothing as well, and serves stale pages while it fetches a new one.
  const servers = all.map(
    ({ port, application, obeysVary }) => `
    proxy_cache_path cache-${port} keys_zone=zone-${port}:1m;
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://${application};
        proxy_set_header Host $http_host;
        proxy_cache zone-${port};
        proxy_cache_valid 200 600s;
        proxy_cache_revalidate on;
        proxy_cache_background_update on;
        proxy_cache_use_stale updating;
        ${obeysVary ? '' : 'proxy_ignore_headers Vary;'}
        add_header X-Cache $upstream_cache_status always;
      }
    }`,
  );
  await startNginx(
    servers.join(''),
    all.map(({ port }) => port),
  );
  return all;
}

async function startVarnishCaches(): Promise<Cache[]> {
  const all = await caches('Varnish');
  const backends = all.map(({ port, application }) => {
    const [host, backendPort] = application.split(':');
    return `backend to_${port} { .host = "${host}"; .port = "${backendPort}"; }`;
  });
  const choices = all.map(
    ({ port }) => `if (local.socket == "at_${port}") { set req.backend_hint = to_${port}; }`,
  );
  const deaf = all.filter(({ obeysVary }) => !obeysVary);
  const isDeaf = deaf.map(({ port }) => `bereq.backend == to_${port}`).join(' || ');
  // By itself, Varnish caches nothing for requests with cookies. Here it is told to.
  const vcl = `
    vcl 4.1;
    ${backends.join('\n')}
    sub vcl_recv {
      ${choices.join('\n')}
      if (req.method == "GET" || req.method == "HEAD") { return (hash); }
    }
    sub vcl_backend_response {
      if (${isDeaf}) { unset beresp.http.Vary; }
    }
    sub vcl_deliver {
      if (obj.hits == 0) { set resp.http.X-Cache = "MISS"; }
      else if (obj.ttl < 0s) { set resp.http.X-Cache = "STALE"; }
      else { set resp.http.X-Cache = "HIT"; }
    }`;
  await startVarnish(vcl, Object.fromEntries(all.map(({ port }) => [`at_${port}`, port])));
  return all;
}

/** What happened to the requests to one cache. */
class Tally {
  requests = 0;
  fromCache = 0;
  crossings = 0;

  count(page: Page, visitor: string, isForeignTag = false): void {
    expect([200, 304]).toContain(page.status);
    this.requests++;
    if (isFromCache(page)) this.fromCache++;
    const seen = [page.headers.get('x-visitor'), page.text].filter(Boolean);
    if (seen.some((name) => name !== visitor) || (isForeignTag && page.status === 304)) this.crossings++;
  }
}

function isFromCache({ headers }: Page): boolean {
  return ['HIT', 'STALE', 'UPDATING', 'REVALIDATED'].includes(headers.get('x-cache') ?? '');
}

/** Waits until a cache serves a page of its own that is stale. All pages of that age are stale then. */
async function staleness(visitor: Browser): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { headers } = await visitor.get('/pages/no session/stale');
    if (['STALE', 'UPDATING'].includes(headers.get('x-cache') ?? '')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The cache has served nothing stale');
}

/** Visits all pages, as two visitors and a guest. @returns what happened, by policy */
async function visit({ port }: Cache): Promise<Map<string, Tally>> {
  const origin = `http://127.0.0.1:${port}`;
  const tallies = new Map(POLICIES.map((policy) => [policy, new Tally()]));
  const [ada, bob, guest] = [new Browser(origin), new Browser(origin), new Browser(origin)];
  await ada.post('/login/ada');
  await bob.post('/login/bob');
  const visitors = [
    ['ada', ada],
    ['bob', bob],
    [GUEST, guest],
  ] as const;
  const everywhere = async (
    act: (path: string, tally: Tally, own: (name: string) => string) => Promise<void>,
  ) => {
    for (const [policy, tally] of tallies)
      for (const saying of Object.keys(SAYINGS))
        await act(`/pages/${policy}/${saying}`, tally, (name) =>
          policy === 'no session' ? 'everybody' : name,
        );
  };
  await everywhere(async (path, tally, own) => {
    for (const [name, browser] of [...visitors, ...visitors]) {
      tally.count(await browser.get(path), own(name));
      tally.count(await browser.request(path, { method: 'HEAD' }), own(name));
      for (const tag of ['ada', 'bob', GUEST]) {
        const page = await browser.get(path, { headers: { 'if-none-match': `"${tag}"` } });
        tally.count(page, own(name), tag !== name);
      }
    }
  });
  await staleness(guest);
  await everywhere(async (path, tally, own) => {
    for (const [name, browser] of visitors) tally.count(await browser.get(path), own(name));
  });
  return tallies;
}

const rows: string[][] = [['cache', 'platform', 'Vary', 'cache:', 'requests', 'from cache', 'crossings']];

afterAll(() => printTable(rows));

const NAMED = [
  ['nginx', 'nginx', startNginxCaches],
  ['Varnish', 'varnishd', startVarnishCaches],
] as const;

for (const [name, program, startCaches] of NAMED) {
  describeWith(program)(`two visitors and a guest behind ${name}`, () => {
    let all: readonly Cache[] = [];

    beforeAll(async () => {
      all = await startCaches();
    });

    afterAll(async () => {
      await stopProxies();
      await stopAll();
    });

    test.each(
      PLATFORMS.flatMap((platform) => [true, false].map((obeysVary) => [platform, obeysVary] as const)),
    )(
      'on %s, obeys Vary: %s',
      async (platform, obeysVary) => {
        const cache = all.find((each) => each.platform === platform && each.obeysVary === obeysVary)!;
        const tallies = await visit(cache);
        for (const [policy, { requests, fromCache, crossings }] of tallies) {
          const vary = obeysVary ? 'obeyed' : 'ignored';
          rows.push([name, platform, vary, policy, ...[requests, fromCache, crossings].map(String)]);
        }
        const tallyOf = (policy: string) => tallies.get(policy)!;
        expect(tallyOf('private')).toMatchObject({ fromCache: 0, crossings: 0 });
        expect(tallyOf('no-store')).toMatchObject({ fromCache: 0, crossings: 0 });
        // Without the policy, the cache would keep the pages, so that the visitors could meet.
        expect(tallyOf('false').fromCache).toBeGreaterThan(0);
        expect(tallyOf('false').crossings > 0).toBe(!obeysVary);
        // What touches no session stays cacheable.
        const { requests, fromCache } = tallyOf('no session');
        expect(fromCache / requests).toBeGreaterThan(0.9);
      },
      60_000,
    );
  });
}
