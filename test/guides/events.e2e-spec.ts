import * as diagnostics from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import * as api from '@opentelemetry/api';
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Logger, Param } from '@nestjs/common';
import ts from 'typescript';
import * as library from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { leaksOf } from '../support/leaks.js';
import { SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
const [code, ...others] = [...page.matchAll(/^```ts\n(.*?)^```$/gms)]
  .map(([, code]) => code!)
  .filter((code) => code.includes('@opentelemetry/api'));

/** Collects when it is asked to. */
class AskedReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

const subscriptions: [name: string, listener: diagnostics.ChannelListener][] = [];
const providers: MeterProvider[] = [];

/** Runs the code of the page, with the modules that it imports. */
function runPage(): void {
  const { outputText } = ts.transpileModule(code!, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const modules: Readonly<Record<string, object>> = {
    'node:diagnostics_channel': {
      subscribe(channel: string, listener: diagnostics.ChannelListener) {
        // Test files that ran before this one in the same process may still publish.
        const ofThisFile: diagnostics.ChannelListener = (message, name) => {
          if (JSON.stringify(message).includes('"cart"')) listener(message, name);
        };
        subscriptions.push([channel, ofThisFile]);
        diagnostics.subscribe(channel, ofThisFile);
      },
    },
    '@opentelemetry/api': api,
    'nestjs-client-sessions': library,
  };
  // eslint-disable-next-line typescript/no-implied-eval -- the code of the page is what is tested
  new Function('exports', 'require', outputText)({}, (name: string) => modules[name]);
}

/** Starts the SDK of an application. */
function startMetrics(): MetricReader {
  const reader = new AskedReader();
  const provider = new MeterProvider({ readers: [reader] });
  providers.push(provider);
  expect(api.metrics.setGlobalMeterProvider(provider)).toBe(true);
  return reader;
}

async function collect(reader: MetricReader) {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const points = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name);
  return {
    text: JSON.stringify(metrics),
    units: metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit]),
    events: (points('client_sessions.events')?.dataPoints ?? []) as DataPoint<number>[],
    sizes: (points('client_sessions.cookie.size')?.dataPoints ?? []) as DataPoint<Histogram>[],
  };
}

afterEach(async () => {
  for (const subscription of subscriptions.splice(0)) diagnostics.unsubscribe(...subscription);
  api.metrics.disable();
  await Promise.all(providers.splice(0).map((provider) => provider.shutdown()));
  jest.restoreAllMocks();
  await stopAll();
  stopServers();
});

const ACTS: Readonly<Record<string, (cart: library.Session<{ items?: string[] }>) => void>> = {
  look: (cart) => void cart.items,
  add: (cart) => void (cart.items ??= []).push('mango-chutney'),
  reset: (cart) => cart.reset(),
  destroy: (cart) => cart.destroy(),
};

@Controller()
class CartController {
  @Get(':act')
  act(@Param('act') act: string, @library.Session('cart') cart: library.Session<{ items?: string[] }>) {
    ACTS[act]!(cart);
  }
}

const OPTIONS = { name: 'cart', cookieName: 'cart', secret: SECRET };
const HOSTS: readonly [string, () => Promise<Browser>][] = [
  ...PLATFORMS.map((platform): [string, () => Promise<Browser>] => [
    platform,
    async () => (await start(platform, { controllers: [CartController], options: OPTIONS })).browser(),
  ]),
  ['bare http', () => serve(({ url, cart }) => ACTS[url!.slice(1)]!(cart), OPTIONS)],
];

describe('the metrics of the page', () => {
  test('are one block of code', () => {
    expect([code === undefined, others]).toEqual([false, []]);
  });

  test.each(HOSTS)('count what happens to sessions, and measure cookies, on %s', async (_host, serveCart) => {
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const reader = startMetrics();
    runPage();
    const browser = await serveCart();
    const sizes: number[] = [];
    const cookies: string[] = [];
    for (const act of ['look', 'add', 'look', 'add', 'reset', 'destroy', 'destroy']) {
      const { setCookies } = await browser.get(`/${act}`);
      const written = setCookies.map((header) => header.split(';')[0]!);
      if (browser.cookie('cart') && written.length > 0) {
        sizes.push(written.reduce((sum, pair) => sum + pair.length - '='.length, 0));
      }
      cookies.push(...written.map((pair) => pair.split('=')[1]!).filter((value) => value !== ''));
    }
    browser.setCookie('cart', 'forged');
    await browser.get('/look');

    const metrics = await collect(reader);
    expect(metrics.units).toEqual([
      ['client_sessions.events', '{event}'],
      ['client_sessions.cookie.size', 'By'],
    ]);
    expect(metrics.events.map(({ attributes: { type, session }, value }) => [type, session, value])).toEqual([
      ['keys', undefined, 1],
      ['created', 'cart', 2],
      ['written', 'cart', 3],
      ['opened', 'cart', 4],
      ['destroyed', 'cart', 2],
      ['refused', 'cart', 1],
    ]);
    expect(sizes).toHaveLength(3);
    expect(metrics.sizes).toHaveLength(1);
    expect(metrics.sizes[0]!.attributes).toEqual({ session: 'cart' });
    expect(metrics.sizes[0]!.value).toMatchObject({
      count: 3,
      sum: sizes.reduce((a, b) => a + b),
      min: Math.min(...sizes),
      max: Math.max(...sizes),
    });
    expect(leaksOf([SECRET, 'mango-chutney', ...cookies], metrics.text)).toEqual([]);
  });

  test('measure nothing if they come before the SDK, as the page says', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    runPage();
    const reader = startMetrics();
    const browser = await serve(({ cart }) => ACTS['add']!(cart), OPTIONS);
    await browser.get('/add');
    expect((await collect(reader)).units).toEqual([]);
  });
});
