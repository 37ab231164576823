import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Head, Logger, Param, Post, Req, Res } from '@nestjs/common';
import { getSession, type SessionEvent } from '../../lib/index.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { ofSessions } from '../support/events.js';

/** The sessions of the application, by their policy. `usual` has the default one. */
const SESSIONS = [
  { name: 'usual' },
  { name: 'strict', cache: 'no-store' as const },
  { name: 'free', cache: false as const },
];

/** What handlers say of caching, by the name in the path. */
const SAYINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nothing: {},
  long: { 'Cache-Control': 'max-age=60, stale-while-revalidate=30' },
  public: { 'Cache-Control': 'public, max-age=60' },
  none: { 'Cache-Control': 'no-store' },
  etag: { ETag: '"1"' },
  cdn: { 'CDN-Cache-Control': 'max-age=60' },
};

const events: SessionEvent[] = [];
const onEvent = ofSessions((event) => events.push(event));
const warnings = (): string[] => events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

interface AnyReply {
  header(name: string, value: string): void;
  status(code: number): unknown;
}

function read(request: object, names: string): string {
  return names
    .split('+')
    .filter((name) => name !== 'none')
    .map((name) => `${name}: ${String(getSession<{ user?: string }>(request, name).user)}`)
    .join();
}

@Controller()
class CachesController {
  @Get('read/:sessions/:saying')
  read(
    @Req() request: { headers: Record<string, string> },
    @Res({ passthrough: true }) response: AnyReply,
    @Param('sessions') sessions: string,
    @Param('saying') saying: string,
  ): string {
    for (const [name, value] of Object.entries(SAYINGS[saying]!)) response.header(name, value);
    if (request.headers['if-none-match'] === '"1"') response.status(304);
    return read(request, sessions);
  }

  @Head('head/:sessions')
  head(@Req() request: object, @Param('sessions') sessions: string): void {
    read(request, sessions);
  }

  @Post('login/:sessions')
  login(@Req() request: object, @Param('sessions') sessions: string): void {
    for (const name of sessions.split('+')) getSession<{ user?: string }>(request, name).user = 'ada';
  }

  @Get('late/:session/:said')
  late(
    @Req() request: object,
    @Res() response: any,
    @Param('session') session: string,
    @Param('said') said: string,
  ) {
    const raw = response.raw ?? response;
    response.hijack?.();
    raw.writeHead(200, { Vary: 'Cookie', ...(said === 'none' && { 'Cache-Control': 'no-store' }) });
    raw.write('head');
    raw.end(read(request, session));
  }
}

const serve = async (platform: Platform) =>
  (
    await start(platform, {
      controllers: [CachesController],
      options: { sessions: SESSIONS, onEvent },
    })
  ).browser();

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
  events.length = 0;
});

describe.each(PLATFORMS)('caches are told (%s)', (platform) => {
  test.each<[sessions: string, saying: string, control: string | null]>([
    ['none', 'nothing', null],
    ['none', 'public', 'public, max-age=60'],
    ['usual', 'nothing', 'private'],
    ['usual', 'long', 'private, max-age=60, stale-while-revalidate=30'],
    ['usual', 'public', 'public, max-age=60'],
    ['usual', 'none', 'no-store'],
    ['usual', 'cdn', 'private'],
    ['strict', 'nothing', 'private, no-store'],
    ['strict', 'long', 'private, no-store'],
    ['strict', 'public', 'private, no-store'],
    ['strict', 'none', 'no-store'],
    ['free', 'nothing', null],
    ['free', 'long', 'max-age=60, stale-while-revalidate=30'],
    ['free', 'public', 'public, max-age=60'],
    ['free+usual', 'nothing', 'private'],
    ['usual+free', 'nothing', 'private'],
    ['usual+strict', 'nothing', 'private, no-store'],
    ['strict+usual', 'nothing', 'private, no-store'],
    ['free+strict+usual', 'public', 'private, no-store'],
  ])('of a response that reads %s and whose handler says %s: %s', async (sessions, saying, control) => {
    const browser = await serve(platform);
    const page = await browser.get(`/read/${sessions}/${saying}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe(control);
    expect(page.headers.get('vary')).toBe(sessions === 'none' ? null : 'Cookie');
    const isTargeted = saying === 'cdn';
    expect(page.headers.get('cdn-cache-control')).toBe(isTargeted ? 'max-age=60' : null);
  });

  test('the same in answers to HEAD, and in those without a body', async () => {
    const browser = await serve(platform);
    const head = await browser.request('/head/usual', { method: 'HEAD' });
    expect([head.status, head.headers.get('cache-control'), head.headers.get('vary')]).toEqual([
      200,
      'private',
      'Cookie',
    ]);
    const again = await browser.get('/read/usual/etag', { headers: { 'if-none-match': '"1"' } });
    expect([again.status, again.headers.get('cache-control'), again.headers.get('vary')]).toEqual([
      304,
      'private',
      'Cookie',
    ]);
    const strict = await browser.request('/head/strict', { method: 'HEAD' });
    expect(strict.headers.get('cache-control')).toBe('private, no-store');
  });

  test('no-store in the headers of CDNs, where a session wants it', async () => {
    const browser = await serve(platform);
    const page = await browser.get('/read/strict/cdn');
    expect(page.headers.get('cdn-cache-control')).toBe('no-store');
  });

  test.each(['usual', 'strict', 'free', 'free+usual'])('no-store where %s is written', async (sessions) => {
    const browser = await serve(platform);
    const page = await browser.post(`/login/${sessions}`);
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(page.setCookies).toHaveLength(sessions.split('+').length);
    // The next reading is told of by the policy again.
    const next = await browser.get(`/read/${sessions}/nothing`);
    expect(next.text).toContain('ada');
    const policies: Record<string, string | null> = { strict: 'private, no-store', free: null };
    expect(next.headers.get('cache-control')).toBe(sessions in policies ? policies[sessions] : 'private');
  });

  test('and operators are told once of a public response that reads a session', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const browser = await serve(platform);
    for (const sessions of ['none', 'free', 'usual', 'usual', 'strict', 'strict', 'usual+strict'])
      await browser.get(`/read/${sessions}/public`);
    for (const saying of ['nothing', 'long', 'none', 'etag'])
      await browser.get(`/read/usual+strict/${saying}`);
    expect(warnings()).toEqual([
      expect.stringMatching(/^Session "usual": it was read for .* set "cache" to false\.$/),
      expect.stringMatching(
        /^Session "strict": it was read for .*'no-store'\. The response now says private, no-store/,
      ),
    ]);
  });

  test('too late, if a session is read behind the head: an event names the header that is missing', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const browser = await serve(platform);
    for (const path of ['usual/nothing', 'free/nothing', 'strict/none']) await browser.get(`/late/${path}`);
    expect(events).toEqual([]);
    await browser.get('/late/strict/nothing');
    expect(events).toMatchObject([
      { type: 'exposed', session: 'strict', error: { code: 'ERR_SESSION_EXPOSED' } },
    ]);
    const [event] = events as { error: Error }[];
    expect(event!.error.message).toMatch(/a cache may keep: .* without "Cache-Control: no-store"/);
  });
});
