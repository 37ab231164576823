import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import {
  type ClientSessionsOptions,
  createSessionCodec,
  getSession,
  getSessionInfo,
  type RefusalReason,
  type SessionEvent,
} from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { serve, stopServers } from '../support/server.js';
import { type Frozen, isAlone, optionsOf, shown } from './plain.mjs';

interface Found {
  readonly content: unknown;
  readonly info: { readonly createdAt: number; readonly isNew: boolean; readonly refused?: RefusalReason };
}

const FOLDER = new URL('../vectors/releases/', import.meta.url);
const textOf = (file: string, folder: URL): string => readFileSync(new URL(file, folder), 'utf8');
const RELEASES = readdirSync(FOLDER).map(
  (file) => JSON.parse(textOf(file, FOLDER)) as { release: string; frozen: readonly Frozen[] },
);
const COOKIES = RELEASES.flatMap(({ release, frozen }) => frozen.map((each) => ({ ...each, release })));

function find(request: object): Found {
  const session = getSession(request);
  return { info: getSessionInfo(session), content: shown(session) };
}

@Controller()
class ShopController {
  @Get()
  find(@Req() request: object): Found {
    return find(request);
  }
}

const SERVERS: Record<string, (options: ClientSessionsOptions) => Promise<Browser>> = {
  connect: (options) =>
    serve((request, response) => response.end(JSON.stringify(find(request))), {
      cookieName: undefined,
      ...options,
    }),
};
for (const platform of PLATFORMS) {
  SERVERS[platform] = async (options) =>
    (await start(platform, { options, controllers: [ShopController] })).browser();
}

afterEach(async () => {
  stopServers();
  await stopAll();
});

test('this release has its cookies frozen: npm run freeze', () => {
  const { version } = JSON.parse(textOf('../../package.json', new URL('.', import.meta.url))) as {
    version: string;
  };
  expect(RELEASES.map(({ release }) => release)).toContain(version.split('.').slice(0, 2).join('.'));
});

test('the first release has frozen what it can write', () => {
  expect(RELEASES.find(({ release }) => release === '0.1')!.frozen).toHaveLength(24);
});

describe.each(Object.keys(SERVERS))('on %s', (server) => {
  test.each(COOKIES)('$release, $name', async (frozen) => {
    const { now, cookies, facts, subject, content, info, refused } = frozen;
    const events: SessionEvent[] = [];
    const logins = new MemoryLogins();
    logins.add(facts, now);
    const browser = await SERVERS[server]!({
      ...optionsOf(frozen),
      now: () => now,
      headerBudget: false,
      onEvent: (event) => events.push(event),
      ...(subject && { revocations: { store: logins.open() } }),
    });
    const cookie = Object.entries(cookies).map((pair) => pair.join('='));

    const page = await browser.get('/', { headers: { cookie: cookie.join('; ') } });

    expect(page.status).toBe(200);
    const found = page.json<Found>();
    if (refused) expect(found.info).toMatchObject({ isNew: true, refused });
    else expect(found).toMatchObject({ content, info: { isNew: false, ...info } });
    expect(found.content).toEqual(content ?? {});
    const kinds = events.map(({ type }) => type).filter((type) => type === 'refused' || type === 'lost');
    expect(kinds).toEqual(refused ? ['refused'] : []);
  });
});

describe('by a codec', () => {
  test.each(COOKIES.filter(isAlone))('$release, $name', (frozen) => {
    const [cookie] = Object.values(frozen.cookies);
    const opened = createSessionCodec({ ...optionsOf(frozen), now: () => frozen.now }).unseal(cookie!);

    if (frozen.refused) {
      expect(opened).toEqual({ ok: false, reason: frozen.refused });
    } else {
      if (!opened.ok) throw new Error(opened.reason);
      expect(shown(opened.content)).toEqual(frozen.content);
      expect(opened.createdAt).toBe(frozen.info!.createdAt);
    }
  });
});
