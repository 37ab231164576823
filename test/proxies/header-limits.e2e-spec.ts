import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { Controller, Get, Param, Post, Req } from '@nestjs/common';
import { getSession } from '../../lib/index.js';
import { type Platform, PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { describeWith, freePort, startNginx, startVarnish, stopProxies } from '../support/proxies.js';

const GUIDE = join(dirname(fileURLToPath(import.meta.url)), '../../docs/production.md');

/** The lines that the guide gives for nginx, without their comments. */
const documented = /^```nginx\n(.*?)^```$/ms
  .exec(readFileSync(GUIDE, 'utf8'))![1]!
  .split('\n')
  .flatMap((line) => /^\w+ [^;]+;/.exec(line)?.[0] ?? []);

const NAMES = ['one', 'two', 'three'];
/** As much JSON as fits into one cookie, nearly. */
const FULL = 2_900;

@Controller()
class SiteController {
  @Post('fill/:names/:size')
  fill(@Req() request: object, @Param('names') names: string, @Param('size') size: string): string {
    for (const name of names.split('+'))
      getSession<{ text?: string }>(request, name).text = 'x'.repeat(Number(size));
    return 'filled';
  }

  @Get('sizes')
  sizes(@Req() request: object): number[] {
    return NAMES.map((name) => getSession<{ text?: string }>(request, name).text?.length ?? 0);
  }
}

function startSite(platform: Platform): Promise<Running> {
  const options = { sessions: NAMES.map((name) => ({ name })) };
  return start(platform, { controllers: [SiteController], options });
}

/** A visitor of a site behind nginx. */
async function behindNginx(platform: Platform, lines: readonly string[]): Promise<Browser> {
  const { origin } = await startSite(platform);
  const port = await freePort();
  const server = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${origin}; } }`;
  await startNginx(`${lines.join('\n')}\n${server}`, [port]);
  return new Browser(`http://127.0.0.1:${port}`);
}

/** The statuses of filling one session, of filling the others one by one, of filling all, and of reading all. */
async function walk(browser: Browser): Promise<Record<string, number>> {
  const one = await browser.post(`/fill/one/${FULL}`);
  for (const name of NAMES) {
    // Small heads pass, so that the visitor has three full cookies whatever happened before.
    const past = await browser.post(`/fill/${name}/${FULL - 400}`);
    expect(past.status).toBe(201);
  }
  const all = await browser.get('/sizes');
  browser.clear();
  const together = await browser.post(`/fill/${NAMES.join('+')}/${FULL}`);
  return { one: one.status, together: together.status, 'three sent': all.status };
}

afterEach(async () => {
  await stopProxies();
  await stopAll();
});

test('the guide has three lines for nginx', () => {
  expect(documented.map((line) => line.split(' ')[0])).toEqual([
    'large_client_header_buffers',
    'proxy_buffer_size',
    'proxy_busy_buffers_size',
  ]);
});

describeWith('nginx')('nginx', () => {
  test.each(PLATFORMS)('as it comes refuses full cookies in both directions (%s)', async (platform) => {
    const browser = await behindNginx(platform, []);
    expect(await walk(browser)).toEqual({ one: 502, together: 502, 'three sent': 400 });
  });

  test.each(PLATFORMS)('with the lines of the guide lets three full cookies pass (%s)', async (platform) => {
    const browser = await behindNginx(platform, documented);
    expect(await walk(browser)).toEqual({ one: 201, together: 201, 'three sent': 200 });
    expect((await browser.get('/sizes')).json()).toEqual(NAMES.map(() => FULL));
  });

  test('needs all three: without the third it does not start, without another one a status stays', async () => {
    const [requests, responses, busy] = documented as [string, string, string];
    await expect(behindNginx('express', [requests, responses])).rejects.toThrow(
      /"proxy_busy_buffers_size" must be less than the size of all "proxy_buffers" minus one buffer/,
    );
    expect(await walk(await behindNginx('express', [responses, busy]))).toMatchObject({
      together: 201,
      'three sent': 400,
    });
    expect(await walk(await behindNginx('express', [requests]))).toMatchObject({
      one: 502,
      'three sent': 200,
    });
  });
});

/** What the guide gives for Varnish. */
const parameters = /^\| Varnish .*`(-p [^`]+)`/m.exec(readFileSync(GUIDE, 'utf8'))![1]!.split(' ');

describeWith('varnishd')('Varnish', () => {
  test.each<[string, string[], number]>([
    ['as it comes refuses three full cookies', [], 400],
    ['with the parameter of the guide lets them pass', parameters, 200],
  ])('%s', async (_title, further, expected) => {
    const { hostname, port: backend } = new URL((await startSite('fastify')).origin);
    const port = await freePort();
    const vcl = `vcl 4.1; backend site { .host = "${hostname}"; .port = "${backend}"; }`;
    await startVarnish(vcl, { site: port }, further);
    const statuses = await walk(new Browser(`http://127.0.0.1:${port}`));
    expect(statuses).toEqual({ one: 201, together: 201, 'three sent': expected });
  });
});
