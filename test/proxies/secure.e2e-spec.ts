import { request as httpRequest } from 'node:http';
import { connect, constants } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClientSessionsModule, Session } from '../../lib/index.js';
import type { Platform } from '../support/application.js';
import { type Certificate, createCertificate } from '../support/certificate.js';
import { describeWith, freePort, startNginx, stopProxies } from '../support/proxies.js';
import { SECRET } from '../support/secrets.js';
import { printTable } from '../support/table.js';

/** How a platform listens. */
type Server = 'http' | 'https' | 'http2 with TLS' | 'http2 without TLS';
type Secure = boolean | 'auto';

@Controller()
class VisitController {
  @Get()
  visit(@Session() session: Session<{ visits?: number }>): void {
    session.visits = (session.visits ?? 0) + 1;
  }

  @Post('logout')
  logout(@Session() session: Session): void {
    session.destroy();
  }
}

/** What operators read, by a short name. */
const WARNINGS = {
  'untrusted proxy': new RegExp(
    '^Session "session": a proxy says that the browser came over TLS, but this server does not trust the proxy, ' +
      '.*Either let \\w+ trust it: .*X-Forwarded-Proto',
  ),
  'Secure over http': new RegExp(
    '^Session "session": its cookie is Secure, but as far as this server can see, .* over plain http, ' +
      '.*Behind a TLS proxy, let it send X-Forwarded-Proto: https, and let \\w+ trust it: .*Without TLS',
  ),
  'both schemes': new RegExp(
    '^Session "session": its cookie was written with Secure over TLS, and now without Secure over plain http\\. ' +
      '.*Redirect plain http to https',
  ),
} as const;
type Warning = keyof typeof WARNINGS;

const REMEDIES: Readonly<Record<Platform, string>> = {
  express: 'app.set("trust proxy", 1)',
  fastify: 'new FastifyAdapter({ trustProxy: [its addresses] })',
};

let certificate: Certificate;
const applications: INestApplication[] = [];
const rows: string[][] = [['way', 'platform', 'secure:', 'arrives', 'warning']];

beforeAll(() => {
  certificate = createCertificate();
});

afterEach(async () => {
  await stopProxies();
  await Promise.all(applications.splice(0).map((app) => app.close()));
});

afterAll(() => printTable(rows));

interface Site {
  readonly port: number;
  readonly warnings: readonly string[];
}

async function serve(platform: Platform, server: Server, secure: Secure, isTrusting = false): Promise<Site> {
  const warnings: string[] = [];
  const module = await Test.createTestingModule({
    imports: [
      ClientSessionsModule.forRoot({
        name: 'session',
        secret: SECRET,
        cookie: { secure },
        onEvent: (event) => void (event.type === 'warning' && warnings.push(event.message)),
      }),
    ],
    controllers: [VisitController],
  }).compile();
  const app =
    platform === 'fastify'
      ? module.createNestApplication(fastifyAdapter(server, isTrusting), { logger: false })
      : module.createNestApplication<NestExpressApplication>(new ExpressAdapter(), {
          logger: false,
          ...(server === 'https' && { httpsOptions: certificate }),
        });
  if (platform === 'express' && isTrusting) (app as NestExpressApplication).set('trust proxy', 'loopback');
  applications.push(app);
  await app.listen(0, '127.0.0.1');
  return { port: (app.getHttpServer().address() as AddressInfo).port, warnings };
}

function fastifyAdapter(server: Server, isTrusting: boolean): FastifyAdapter<any> {
  const trustProxy = isTrusting && ['127.0.0.1'];
  if (server === 'https') return new FastifyAdapter({ trustProxy, https: certificate });
  if (server === 'http2 without TLS') return new FastifyAdapter({ trustProxy, http2: true });
  if (server === 'http') return new FastifyAdapter({ trustProxy });
  return new FastifyAdapter({ trustProxy, http2: true, https: { allowHTTP1: true, ...certificate } });
}

interface Visit {
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly isHttp2?: boolean;
  readonly path?: string;
}

/** Visits as a browser that went to shop.example. @returns the Set-Cookie header */
async function visit({ port, scheme, isHttp2 = false, path = '/' }: Visit): Promise<string> {
  const method = path === '/' ? 'GET' : 'POST';
  if (isHttp2) return visitByHttp2(`${scheme}://127.0.0.1:${port}`, path, method);
  const ask = scheme === 'https' ? httpsRequest : httpRequest;
  const options = { host: '127.0.0.1', port, path, method, headers: { host: 'shop.example' } };
  const asked = ask({ ...options, rejectUnauthorized: false, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  await once(response, 'end');
  expect(response.statusCode).toBeLessThan(300);
  return String(response.headers['set-cookie']);
}

async function visitByHttp2(origin: string, path: string, method: string): Promise<string> {
  const session = connect(origin, { rejectUnauthorized: false });
  const stream = session.request({
    [constants.HTTP2_HEADER_PATH]: path,
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_AUTHORITY]: 'shop.example',
  });
  const [headers] = (await once(stream.resume().end(), 'response')) as [Record<string, unknown>];
  await once(stream, 'close');
  session.close();
  expect(headers[':status']).toBeLessThan(300);
  return String(headers['set-cookie']);
}

const isSecure = (setCookie: string): boolean => /; Secure(;|$)/.test(setCookie);

/** Visits three times, and looks at what arrives and at what operators are told, which is told once. */
async function assertArrival(
  way: string,
  [platform, secure, isExpected, warning]: Case,
  { warnings }: Site,
  visited: Visit,
): Promise<void> {
  for (let i = 0; i < 3; i++) expect(isSecure(await visit(visited))).toBe(isExpected);
  rows.push([way, platform, String(secure), isExpected ? 'Secure' : 'not Secure', warning ?? '–']);
  expect(warnings).toEqual(warning ? [expect.stringMatching(WARNINGS[warning])] : []);
  if (warning) expect(warnings[0]).toContain(REMEDIES[platform]);
}

type Case = [platform: Platform, secure: Secure, isExpected: boolean, warning?: Warning];

/** The same on both platforms. */
function onBoth(secure: Secure, isExpected: boolean, warning?: Warning): Case[] {
  return (['express', 'fastify'] as const).map((platform) => [platform, secure, isExpected, warning]);
}

describe('without a proxy', () => {
  const ways: [way: string, server: Server, visited: Omit<Visit, 'port'>, cases: Case[]][] = [
    [
      'http',
      'http',
      { scheme: 'http' },
      [...onBoth('auto', false), ...onBoth(true, true, 'Secure over http'), ...onBoth(false, false)],
    ],
    [
      'https',
      'https',
      { scheme: 'https' },
      [...onBoth('auto', true), ...onBoth(true, true), ...onBoth(false, false)],
    ],
    // Express cannot be served over HTTP/2: it replaces the prototypes of Node's HTTP/1 objects.
    [
      'HTTP/2 with TLS',
      'http2 with TLS',
      { scheme: 'https', isHttp2: true },
      [
        ['fastify', 'auto', true],
        ['fastify', true, true],
      ],
    ],
    [
      'HTTP/1.1 on HTTP/2 with TLS',
      'http2 with TLS',
      { scheme: 'https' },
      [
        ['fastify', 'auto', true],
        ['fastify', true, true],
      ],
    ],
    [
      'HTTP/2 without TLS',
      'http2 without TLS',
      { scheme: 'http', isHttp2: true },
      [
        ['fastify', 'auto', false],
        ['fastify', true, true, 'Secure over http'],
      ],
    ],
  ];
  const all = ways.flatMap(([way, server, visited, cases]) =>
    cases.map((each) => ({ way, platform: each[0], secure: each[1], server, visited, each })),
  );

  test.each(all)('$way on $platform, secure: $secure', async ({ way, server, visited, each }) => {
    const site = await serve(each[0], server, each[1]);
    await assertArrival(way, each, site, { ...visited, port: site.port });
  });

  test.each<[Platform, Server]>([
    ['express', 'http'],
    ['fastify', 'http'],
    ['fastify', 'http2 without TLS'],
  ])('on %s, %s, localhost keeps Secure cookies, so that nothing is told', async (platform, server) => {
    const { port, warnings } = await serve(platform, server, true);
    const origin = `http://127.0.0.1:${port}`;
    const isHttp2 = server !== 'http';
    if (isHttp2) {
      const session = connect(origin);
      const stream = session.request({ ':path': '/' });
      await once(stream.resume().end(), 'close');
      session.close();
    } else await fetch(origin);
    expect(warnings).toEqual([]);
  });
});

describeWith('nginx')('behind nginx', () => {
  /** Starts nginx with one port of TLS and one of plain http. */
  const startProxy = async (site: Site, says: string) => {
    const ports = { https: await freePort(), http: await freePort() };
    const place = `location / {
      proxy_pass http://127.0.0.1:${site.port};
      proxy_set_header Host $host;
      ${says}
    }`;
    await startNginx(
      `server {
        listen 127.0.0.1:${ports.https} ssl http2;
        ssl_certificate cert.pem;
        ssl_certificate_key key.pem;
        ${place}
      }
      server { listen 127.0.0.1:${ports.http}; ${place} }`,
      Object.values(ports),
      { 'cert.pem': certificate.cert, 'key.pem': certificate.key },
    );
    return ports;
  };
  const SAYS = 'proxy_set_header X-Forwarded-Proto $scheme;';

  interface Way {
    readonly scheme: 'http' | 'https';
    readonly isTold: boolean;
    readonly isTrusting: boolean;
    readonly isHttp2?: boolean;
    readonly cases: Case[];
  }
  const ways: Way[] = [
    {
      scheme: 'https',
      isTold: true,
      isTrusting: true,
      cases: [...onBoth('auto', true), ...onBoth(true, true), ...onBoth(false, false)],
    },
    { scheme: 'https', isTold: true, isTrusting: true, isHttp2: true, cases: onBoth('auto', true) },
    {
      scheme: 'https',
      isTold: true,
      isTrusting: false,
      cases: [...onBoth('auto', false, 'untrusted proxy'), ...onBoth(true, true), ...onBoth(false, false)],
    },
    // Nothing in the request tells of TLS: with 'auto' it cannot be told from plain http.
    {
      scheme: 'https',
      isTold: false,
      isTrusting: true,
      cases: [...onBoth('auto', false), ...onBoth(true, true, 'Secure over http')],
    },
    {
      scheme: 'https',
      isTold: false,
      isTrusting: false,
      cases: [...onBoth('auto', false), ...onBoth(true, true, 'Secure over http')],
    },
    {
      scheme: 'http',
      isTold: true,
      isTrusting: true,
      cases: [...onBoth('auto', false), ...onBoth(true, true, 'Secure over http')],
    },
    {
      scheme: 'http',
      isTold: true,
      isTrusting: false,
      cases: [...onBoth('auto', false), ...onBoth(true, true, 'Secure over http')],
    },
  ];
  const titleOf = ({ scheme, isTold, isTrusting, isHttp2 }: Way): string =>
    [
      'nginx',
      isHttp2 ? `${scheme} (HTTP/2)` : scheme,
      isTold ? 'says so' : 'silent',
      isTrusting ? 'trusted' : 'not trusted',
    ].join(', ');
  const all = ways.flatMap((way) =>
    way.cases.map((each) => ({ title: titleOf(way), platform: each[0], secure: each[1], way, each })),
  );

  test.each(all)('$title on $platform, secure: $secure', async ({ title, way, each }) => {
    const { scheme, isHttp2 = false, isTold, isTrusting } = way;
    const site = await serve(each[0], 'http', each[1], isTrusting);
    const ports = await startProxy(site, isTold ? SAYS : '');
    await assertArrival(title, each, site, { scheme, isHttp2, port: ports[scheme] });
  });

  test.each<Platform>(['express', 'fastify'])(
    'a page over http that cannot replace or delete the Secure cookie is told of once (%s)',
    async (platform) => {
      const site = await serve(platform, 'http', 'auto', true);
      const ports = await startProxy(site, SAYS);
      expect(isSecure(await visit({ scheme: 'http', port: ports.http }))).toBe(false);
      expect(site.warnings).toEqual([]);
      expect(isSecure(await visit({ scheme: 'https', port: ports.https }))).toBe(true);
      expect(site.warnings).toEqual([]);
      for (const path of ['/logout', '/', '/logout'])
        expect(isSecure(await visit({ scheme: 'http', port: ports.http, path }))).toBe(false);
      expect(site.warnings).toEqual([expect.stringMatching(WARNINGS['both schemes'])]);
      rows.push(['nginx, both schemes, trusted', platform, 'auto', 'both', 'both schemes']);
    },
  );

  test.each<Platform>(['express', 'fastify'])(
    'with Secure everywhere, plain http is told of, too (%s)',
    async (platform) => {
      const site = await serve(platform, 'http', true, true);
      const ports = await startProxy(site, SAYS);
      expect(isSecure(await visit({ scheme: 'https', port: ports.https }))).toBe(true);
      expect(site.warnings).toEqual([]);
      for (let i = 0; i < 2; i++)
        expect(isSecure(await visit({ scheme: 'http', port: ports.http }))).toBe(true);
      expect(site.warnings).toEqual([expect.stringMatching(WARNINGS['Secure over http'])]);
    },
  );
});
