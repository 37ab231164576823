import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, type INestApplication, Req } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClientSessionsModule, Session, type SessionEvent } from '../../lib/index.js';
import { type Platform, PLATFORMS } from '../support/application.js';
import { SECRET } from '../support/secrets.js';

/** What `trust proxy` and `trustProxy` take. */
type Trust = string | string[] | number | boolean | ((address: string) => boolean);

@Controller()
class VisitController {
  @Get()
  visit(@Session() session: Session<{ visits?: number }>): void {
    session.visits = (session.visits ?? 0) + 1;
  }

  /** Answers when the visitor has gone. */
  @Get('late')
  async late(@Session() session: Session<{ visits?: number }>, @Req() request: AnyRequest): Promise<void> {
    const { socket } = request.raw ?? request;
    const gone = once(socket, 'close');
    arrivals.emit('arrived');
    await gone;
    session.visits = 1;
    setImmediate(() => arrivals.emit('answered'));
  }
}

type AnyRequest = IncomingMessage & { readonly raw?: IncomingMessage };

const arrivals = new EventEmitter();

const README = join(dirname(fileURLToPath(import.meta.url)), '../../docs/production.md');

/** Rows of the table under "Behind a proxy": who is trusted, and the setting of each platform, where there is one. */
const documented = readFileSync(README, 'utf8')
  .split(/^##+ /m)
  .find((section) => section.startsWith('Behind a proxy\n'))!
  .split('\n')
  .filter((line) => /^\| (?!-|who )/.test(line))
  .map((line) => {
    const [, who, express, fastify] = line.split(/ *\| */);
    return { who: who!, settings: { express: codeIn(express), fastify: codeIn(fastify) } };
  });

function codeIn(cell: string | undefined): string | undefined {
  return /^`(.+)`$/.exec(cell ?? '')?.[1];
}

/** The setting as it stands in the README, or with this machine's address in place of the proxy's. */
function settingOf(code: string, isHere: boolean): Trust {
  const here = code.replaceAll('10.0.0.1', '127.0.0.1').replaceAll('10.0.0.0', '127.0.0.0');
  // eslint-disable-next-line typescript/no-implied-eval -- the code of the README is what is tested
  return new Function(`return ${isHere ? here : code}`)() as Trust;
}

const REMEDIES: Readonly<Record<Platform, string>> = {
  express: 'let Express trust it: app.set("trust proxy"',
  fastify: 'let Fastify trust it: new FastifyAdapter({ trustProxy: [',
};

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function listen(platform: Platform, trust: Trust | undefined): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  const onEvent = (event: SessionEvent): void => void (event.type === 'warning' && events.push(event));
  const module = await Test.createTestingModule({
    imports: [ClientSessionsModule.forRoot({ name: 'session', secret: SECRET, onEvent })],
    controllers: [VisitController],
  }).compile();
  if (platform === 'fastify') {
    // The types of later versions know no numbers, which configuration may hold nevertheless.
    const adapter = new FastifyAdapter({ trustProxy: (trust ?? false) as Exclude<Trust, number> });
    app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
  } else {
    const express = module.createNestApplication<NestExpressApplication>(new ExpressAdapter(), {
      logger: false,
    });
    if (trust !== undefined) express.set('trust proxy', trust);
    app = express;
  }
  await app.listen(0, '127.0.0.1');
  return events;
}

/** Whether the cookie has `Secure` where the proxy, this machine, says that the browser came over TLS. */
async function isSecure(protocol = 'https'): Promise<boolean> {
  const { port } = app!.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-forwarded-proto': protocol } });
  return /; Secure(;|$)/.test(response.headers.get('set-cookie')!);
}

test('the README names five ways that work on both platforms, and one of Express alone', () => {
  expect(documented.map(({ settings }) => [settings.express, settings.fastify])).toEqual([
    ["'10.0.0.1'", "'10.0.0.1'"],
    ["'10.0.0.0/8'", "'10.0.0.0/8'"],
    ["['10.0.0.1', '192.168.0.0/16']", "['10.0.0.1', '192.168.0.0/16']"],
    ["'loopback'", "'loopback'"],
    [expect.stringContaining('(address) =>'), expect.stringContaining('(address) =>')],
    ['1', undefined],
  ]);
});

describe.each(PLATFORMS)('on %s', (platform) => {
  const settings = documented.flatMap(({ who, settings }) => {
    const code = settings[platform];
    return code === undefined ? [] : [[who, code] as const];
  });

  test.each(settings)('the proxy is believed where it is %s: %s', async (_who, code) => {
    const warnings = await listen(platform, settingOf(code, true));
    expect(await isSecure('https')).toBe(true);
    expect(await isSecure('http')).toBe(false);
    expect(warnings).toEqual([]);
  });

  test('a visitor who has gone did not come through a proxy that is not trusted', async () => {
    const warnings = await listen(platform, 'loopback');
    const { port } = app!.getHttpServer().address() as AddressInfo;
    const headers = { 'x-forwarded-proto': 'https' };
    const [arrived, answered] = [once(arrivals, 'arrived'), once(arrivals, 'answered')];
    // fetch() would connect again after it has been aborted, and keep that connection.
    const visitor = get({ host: '127.0.0.1', port, path: '/late', headers, agent: false });
    const gone = once(visitor, 'error');
    await arrived;
    visitor.destroy();
    await Promise.all([gone, answered]);
    expect(warnings).toEqual([]);
  });

  const elsewhere = settings.filter(([, code]) => code.includes('10.0.0.'));
  test.each([...elsewhere, ['nobody', undefined] as const, ['nobody, by false', 'false'] as const])(
    'another proxy than %s is not believed, and a warning says so once: %s',
    async (_who, code) => {
      const warnings = await listen(platform, code === undefined ? undefined : settingOf(code, false));
      expect([await isSecure(), await isSecure()]).toEqual([false, false]);
      expect(warnings).toEqual([
        {
          type: 'warning',
          session: 'session',
          message: expect.stringContaining(REMEDIES[platform]),
        },
      ]);
    },
  );
});

test('on fastify, a number trusts nobody from the version that the README names, and a warning says so', async () => {
  const since = /trusts nobody since Fastify ([\d.]+)/.exec(readFileSync(README, 'utf8'))![1]!;
  const warnings = await listen('fastify', 1);
  const { version } = (app as NestFastifyApplication).getHttpAdapter().getInstance();
  const isTrusted = version.localeCompare(since, 'en', { numeric: true }) < 0;
  expect(await isSecure()).toBe(isTrusted);
  expect(warnings).toHaveLength(isTrusted ? 0 : 1);
  if (!isTrusted) expect(warnings[0]).toMatchObject({ message: expect.stringContaining(REMEDIES.fastify) });
});
