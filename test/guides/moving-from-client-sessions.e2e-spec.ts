import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import ancestor from 'client-sessions';
import express, { type Express, type Request } from 'express';
import ts from 'typescript';
import { z } from 'zod';
import { run } from '../../lib/cli/run.js';
import { createReporter } from '../../lib/http/session-reporter.js';
import {
  clientSessions,
  type ClientSessionsModuleOptions,
  type ClientSessionsOptions,
  Session,
} from '../../lib/index.js';
import { isLegacyText } from '../../lib/sealing/legacy-format.js';
import { PLATFORMS, type Platform, start, stopAll } from '../support/application.js';
import { CookieJar } from '../support/cookie-jar.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { SURROUNDINGS } from '../support/terminal.js';

const guide = readFileSync(new URL('../../docs/moving-from-client-sessions.md', import.meta.url), 'utf8');
const OLD_SECRET = 'hG6-yTn2WcX8qLr4Zs0Vb7MkPd1JfEa9Uo3w';
const ENVIRONMENT = { OLD_SECRET, SESSION_SECRET: SECRET };
/** Before the day on which the guide's blocks let the legacy format end. */
const START = Date.UTC(2027, 0, 1, 12);

/** Everything but the time has to go on, or no request would be answered. */
const OTHER_TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
] as const;

const servers = new Set<Server>();

beforeEach(() => void jest.useFakeTimers({ now: START, doNotFake: [...OTHER_TIMERS] }));
afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers.clear();
  await stopAll();
});

function pass(ms: number): void {
  jest.setSystemTime(Date.now() + ms);
}

/** The guide's own code. */
const blocks: readonly string[] = [...guide.matchAll(/^```(?:ts|js)\n(.*?)^```$/gms)].map(
  ([, code]) => code!,
);

function blocksWith(text: string): readonly string[] {
  return blocks.filter((code) => code.includes(text));
}

/** Runs code as the guide has it, with what it takes for granted. */
function execute(code: string, given: Readonly<Record<string, unknown>>): unknown {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const require = (): object => ({ clientSessions });
  const scope = { process: { env: ENVIRONMENT }, exports: {}, require, ...given };
  // oxlint-disable-next-line no-implied-eval -- It is the guide's.
  return new Function(...Object.keys(scope), outputText)(...Object.values(scope));
}

/** The options of each deployment of the module, as they stand in the guide. */
const deployments = blocksWith('ClientSessionsModule.forRoot(').map((code) => {
  let options: ClientSessionsModuleOptions | undefined;
  const forRoot = (given: ClientSessionsModuleOptions): void => void (options = given);
  execute(`[${code}]`, { ClientSessionsModule: { forRoot } });
  return options!;
}) as Four<ClientSessionsModuleOptions>;

type Four<T> = [T, T, T, T];

/** The three deployments, and the one that renames the cookie. */
const [FIRST, SECOND, THIRD, RENAMED] = deployments;

type Content = Record<string, unknown>;
type Act = (session: Session<Content>) => void;

/** What a visit does beside reading, by its name. */
let acts: Readonly<Record<string, Act>> = {};

function answer(session: object, act: string): Content {
  acts[act]?.(session as Session<Content>);
  return { ...session };
}

@Controller('shop')
class Shop {
  @Get(':act')
  visit(@Param('act') act: string, @Session() session: Session<Content>): Content {
    return answer(session, act);
  }
}

async function listen(app: Express): Promise<string> {
  app.get('/shop/:act', (request: Request<{ act: string }>, response) => {
    response.json(answer((request as unknown as { session: object }).session, request.params.act));
  });
  const server = createServer(app);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The old application, on the real client-sessions. @param blocks further code of the guide */
async function serveOld(...further: readonly string[]): Promise<string> {
  const app = express();
  for (const code of [...blocksWith('sessions({\n').slice(0, 1), ...further]) {
    execute(code, { app, sessions: ancestor, console });
  }
  return listen(app);
}

/** Ways to serve the new application. */
const HOSTS: Readonly<Record<string, (options: ClientSessionsModuleOptions) => Promise<string>>> = {
  ...Object.fromEntries(PLATFORMS.map((platform) => [`nest on ${platform}`, serveNest(platform)])),
  'express alone': async (options) => listen(express().use(clientSessions(options as ClientSessionsOptions))),
};

function serveNest(platform: Platform): (options: ClientSessionsModuleOptions) => Promise<string> {
  return async (options) => (await start(platform, { options, controllers: [Shop] })).origin;
}

/** A visitor with a jar that keeps cookies as browsers do, whichever server they come from. */
class Visitor {
  readonly jar = new CookieJar('https://shop.example.org');

  async visit(origin: string, act = 'look'): Promise<Content> {
    const path = `/shop/${act}`;
    const cookie = this.jar.headerFor(path);
    const response = await fetch(origin + path, { headers: cookie ? { cookie } : {} });
    for (const header of response.headers.getSetCookie()) this.jar.store(header, path);
    return (await response.json()) as Content;
  }

  /** The cookies' values, all of whom have the session's name. */
  get cookies(): string[] {
    return this.jar.entries().map(([, value]) => value);
  }
}

const logIn: Act = (session) => {
  session['user'] = 42;
};
const remember: Act = (session) => {
  session.setDuration(30 * DAY);
  session['user'] = 42;
};
const count: Act = (session) => {
  session['visits'] = ((session['visits'] as number | undefined) ?? 0) + 1;
};

beforeEach(() => {
  acts = { logIn, remember, count };
  for (const method of ['warn', 'error'] as const)
    jest.spyOn(console, method).mockImplementation(() => undefined);
});

test('the guide has one block for each deployment, of the module and of clientSessions()', () => {
  expect(deployments.map(({ legacy, cookieName }) => [cookieName, legacy?.write, legacy?.secret])).toEqual([
    ['session', true, OLD_SECRET],
    ['session', undefined, OLD_SECRET],
    ['session', undefined, undefined],
    ['__Secure-session', undefined, undefined],
  ]);
  let options: unknown;
  const [code] = blocksWith("import { clientSessions } from 'nestjs-client-sessions'");
  execute(code!, {
    app: { use: () => undefined },
    require: () => ({ clientSessions: (given: unknown) => (options = given) }),
  });
  expect(options).toEqual(FIRST);
});

describe.each(Object.entries(HOSTS))('the three deployments, as the guide has them (%s)', (_host, serve) => {
  test('lose nobody, who comes at every step', async () => {
    const visitor = new Visitor();
    const old = await serveOld();
    const first = await serve(FIRST);
    await visitor.visit(old, 'logIn');
    const steps: [origin: string, isOld: boolean][] = [
      [first, true],
      [old, true],
      [first, true],
      [await serve(SECOND), false],
      [await serve(THIRD), false],
    ];
    for (const [i, [origin, isOld]] of steps.entries()) {
      pass(HOUR);
      expect(await visitor.visit(origin, 'count')).toEqual({ user: 42, visits: i + 1 });
      expect(visitor.cookies.map(isLegacyText)).toEqual([isOld]);
      expect(await visitor.visit(origin)).toEqual({ user: 42, visits: i + 1 });
    }
  });

  test('are followed by a renaming that leaves one cookie after a change, and one logout', async () => {
    acts = { ...acts, logOut: (session) => session.destroy() };
    const visitor = new Visitor();
    const [third, renamed] = [await serve(THIRD), await serve(RENAMED)];
    await visitor.visit(third, 'logIn');
    expect(await visitor.visit(renamed)).toEqual({ user: 42 });
    expect(await visitor.visit(renamed, 'count')).toEqual({ user: 42, visits: 1 });
    expect(visitor.jar.entries().map(([name]) => name)).toEqual(['__Secure-session']);
    await visitor.visit(renamed, 'logOut');
    expect(await visitor.visit(renamed)).toEqual({});

    const reader = new Visitor();
    await reader.visit(third, 'logIn');
    expect(await reader.visit(renamed)).toEqual({ user: 42 });
    await reader.visit(renamed, 'logOut');
    expect(reader.jar.entries().map(([name]) => name)).toEqual(['__Secure-session.x']);
    for (const origin of [renamed, third]) expect(await reader.visit(origin)).toEqual({});
  });

  test('lose nobody whom setDuration() keeps longer, and who comes at one step only', async () => {
    const old = await serveOld();
    const visitors = [new Visitor(), new Visitor(), new Visitor()] as const;
    for (const visitor of visitors) await visitor.visit(old, 'remember');
    pass(20 * DAY);
    const [first, second, third] = [await serve(FIRST), await serve(SECOND), await serve(THIRD)];

    await visitors[0].visit(first, 'count');
    await visitors[1].visit(second);
    pass(9 * DAY);
    expect(await visitors[0].visit(second)).toEqual({ user: 42, visits: 1 });
    expect(await visitors[1].visit(third)).toEqual({ user: 42 });
    expect(await visitors[2].visit(second)).toEqual({ user: 42 });
    pass(DAY);
    for (const visitor of visitors) expect(await visitor.visit(third)).toEqual({});
  });

  test('lose those visitors in the second one without "legacy.duration"', async () => {
    const visitor = new Visitor();
    await visitor.visit(await serveOld(), 'remember');
    pass(20 * DAY);
    const { duration: _, ...legacy } = SECOND.legacy!;
    expect(await visitor.visit(await serve({ ...SECOND, legacy }))).toEqual({});
    expect(await visitor.visit(await serve(SECOND))).toEqual({ user: 42 });
  });

  test.each([
    ['path', { domain: 'example.org' }],
    ['domain', { path: '/shop' }],
    ['path', { path: '/', domain: 'example.org' }],
    ['domain', { path: '/shop', domain: 'shop.example.org' }],
  ])('leave two cookies with another %s: %j', async (_attribute, cookie) => {
    const visitor = new Visitor();
    await visitor.visit(await serveOld(), 'logIn');
    const first = await serve({ ...FIRST, cookie });
    await visitor.visit(first, 'count');
    expect(visitor.cookies).toHaveLength(2);
    const same = new Visitor();
    await same.visit(await serveOld(), 'logIn');
    await same.visit(await serve(FIRST), 'count');
    expect(same.cookies).toHaveLength(1);
  });

  test('carry content over whose keys are methods here, and write it back for old workers', async () => {
    const content = { user: 42, save: 'draft', regenerate: true, save_: 1 };
    const ours = { user: 42, save_: 'draft', regenerate_: true, save__: 1 };
    acts = { fill: (session) => void Object.assign(session, content), count };
    const visitor = new Visitor();
    const [old, first] = [await serveOld(), await serve(FIRST)];
    expect(await visitor.visit(old, 'fill')).toEqual(content);
    expect(await visitor.visit(first)).toEqual(ours);
    expect(await visitor.visit(first, 'count')).toEqual({ ...ours, visits: 1 });
    expect(await visitor.visit(old)).toEqual({ ...content, visits: 1 });
    for (const options of [SECOND, THIRD]) {
      expect(await visitor.visit(await serve(options))).toEqual({ ...ours, visits: 1 });
    }
    await visitor.visit(first);
    expect(await visitor.visit(old)).toEqual({ ...content, visits: 1 });
  });

  test.each(['reset', 'destroy', 'setDuration', 'regenerate', 'save'])(
    'carry a cookie over that util.encode() filled with a key %s',
    async (key) => {
      for (const options of [FIRST, SECOND]) {
        const visitor = new Visitor();
        const names = { cookieName: 'session', secret: OLD_SECRET };
        const value = ancestor.util.encode(names, { user: 42, [key]: 1 }, DAY, Date.now());
        visitor.jar.store(`session=${value}; Path=/shop; Domain=example.org`, '/shop/');
        expect(await visitor.visit(await serve(options))).toEqual({ user: 42, [`${key}_`]: 1 });
      }
    },
  );
});

describe.each(Object.entries(HOSTS))('the ways back (%s)', (_host, serve) => {
  /** How many of some visitors are lost, who come once to each server; half of them look only. */
  async function lost(...origins: readonly string[]): Promise<number> {
    const visitors = Array.from({ length: 6 }, () => new Visitor());
    for (const visitor of visitors) await visitor.visit(origins[0]!, 'logIn');
    let found = 0;
    for (const [i, visitor] of visitors.entries()) {
      let content: Content = {};
      for (const origin of origins.slice(1)) content = await visitor.visit(origin, i % 2 ? 'look' : 'count');
      if (content['user'] === 42) found += 1;
    }
    return visitors.length - found;
  }

  test('lose 0 visitors from 1 to 0, from 2 to 1, and from 2 by way of 1 to 0', async () => {
    const [old, first, second] = [await serveOld(), await serve(FIRST), await serve(SECOND)];
    expect(await lost(old, first, old)).toBe(0);
    expect(await lost(first, old)).toBe(0);
    expect(await lost(old, first, second, first)).toBe(0);
    expect(await lost(second, first)).toBe(0);
    expect(await lost(old, first, second, first, old)).toBe(0);
    expect(await lost(second, first, old)).toBe(0);
    expect(await lost(second, first, old, first, second, await serve(THIRD), second, first, old)).toBe(0);
  });

  test('lose all of them from 2 straight to 0, as the guide says', async () => {
    const [old, second] = [await serveOld(), await serve(SECOND)];
    expect(await lost(second, old)).toBe(6);
  });

  test('keep what setDuration() gave, and what a visit prolonged', async () => {
    const [old, first, second] = [await serveOld(), await serve(FIRST), await serve(SECOND)];
    const [remembered, active] = [new Visitor(), new Visitor()];
    await remembered.visit(second, 'remember');
    await active.visit(second, 'logIn');
    pass(DAY - MINUTE);
    for (const visitor of [active, remembered]) {
      await visitor.visit(second);
      await visitor.visit(first);
    }
    pass(5 * MINUTE);
    expect(await active.visit(old)).toEqual({ user: 42 });
    pass(28 * DAY);
    expect(await remembered.visit(old)).toEqual({ user: 42 });
    expect(await active.visit(old)).toEqual({});
  });
});

describe('the checklist', () => {
  class Money {
    constructor(readonly amount: number) {}
  }
  const [checklist] = blocksWith('function objections(');

  test.each<[string, unknown, RegExp]>([
    ['a date', new Date(START), /^GET \/shop\/fill: session\.it is an instance of Date$/],
    [
      'a date deep inside',
      { list: [{ at: new Date(START) }] },
      /session\.it\.list\.0\.at is an instance of Date$/,
    ],
    ['NaN', NaN, /session\.it is NaN$/],
    ['an infinity', [-Infinity], /session\.it\.0 is -Infinity$/],
    ['undefined in an array', [undefined], /session\.it\.0 is of type undefined$/],
    ['an instance of a class', new Money(3), /session\.it is an instance of Money$/],
    ['a map', new Map([[1, 2]]), /session\.it is an instance of Map$/],
    ['a set', new Set([1]), /session\.it is an instance of Set$/],
    ['a function', () => 1, /session\.it is of type function$/],
    ['an object with toJSON()', { toJSON: () => 1 }, /session\.it is an instance of Object$/],
    ['more than 2,900 bytes', 'x'.repeat(2_900), /session takes 29\d\d bytes$/],
  ])('finds %s in the old application, which the new one refuses', async (_title, value, objection) => {
    const fill: Act = (session) => void (session['it'] = value);
    acts = { fill, fillAndSave: (session) => (fill(session), session.save()) };
    expect(await objections()).toEqual([expect.stringMatching(objection)]);
    if (typeof value === 'string') return;
    expect((await visitNew(FIRST, 'fill')).status).toBe(500);
    const page = await (await visitNew(FIRST, 'fillAndSave')).text();
    expect(page).toContain('SessionNotSerializableError: Session &quot;session&quot; cannot be stored: it');
  });

  test.each(['save', 'regenerate', 'save_', 'reset__'])('finds a key %s', async (key) => {
    acts = { fill: (session) => void Object.assign(session, { user: 42, [key]: 1 }) };
    expect(await objections()).toEqual([`GET /shop/fill: session.${key} is reserved`]);
  });

  test('finds nothing in what can be carried over', async () => {
    const content = {
      user: 42,
      list: [1, 'a', null, { save: true }],
      nothing: undefined,
      on: false,
      empty: {},
    };
    acts = { fill: (session) => void Object.assign(session, content) };
    expect(await objections()).toEqual([]);
  });

  test('lets pass what fits into a cookie of either format', async () => {
    acts = { fill: (session) => void (session['it'] = 'x'.repeat(2_890)) };
    expect(await objections()).toEqual([]);
    for (const options of deployments) expect((await visitNew(options, 'fill')).status).toBe(200);
  });

  test('is right about schemas for what was a date there', async () => {
    acts = { since: (session) => void (session['since'] = new Date()) };
    const [text, date] = [z.string().optional(), z.coerce.date().optional()];
    const stored = { since: new Date(START).toISOString() };
    const cases: [ClientSessionsModuleOptions, since: z.ZodType, content: object][] = [
      [FIRST, text, stored],
      [SECOND, text, stored],
      [SECOND, date, stored],
      [FIRST, date, {}],
      [SECOND, z.date().optional(), {}],
    ];
    for (const [options, since, content] of cases) {
      const visitor = new Visitor();
      await visitor.visit(await serveOld(), 'since');
      const origin = await HOSTS['express alone']!({ ...options, schema: z.object({ since }) });
      expect(await visitor.visit(origin)).toEqual(content);
      expect(await visitor.visit(origin)).toEqual(content);
    }
  });

  /** What the snippet prints in the old application. */
  async function objections(): Promise<unknown[]> {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const origin = await serveOld(checklist!);
    await fetch(`${origin}/shop/fill`);
    await new Promise((resolve) => setImmediate(resolve));
    return warn.mock.calls.map(([text]) => text as unknown);
  }

  async function visitNew(options: ClientSessionsModuleOptions, act: string): Promise<Response> {
    return fetch(`${await HOSTS['express alone']!(options)}/shop/${act}`);
  }
});

describe('when something goes wrong', () => {
  interface Story {
    /** What happens in the old application, and how long before. */
    readonly before: string;
    readonly wait: number;
    readonly act: string;
    /** Where it happens instead. */
    readonly from: string;
  }

  /** What the log says to a visitor of the old application. */
  async function logOf(options: ClientSessionsModuleOptions, setup: Partial<Story> = {}): Promise<string> {
    const { before = 'logIn', wait = 0, act = 'look', from } = setup;
    const visitor = new Visitor();
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { log: () => undefined, debug: write, warn: write, error: write };
    const onEvent = createReporter(logger);
    const origin = await HOSTS['express alone']!({ ...options, onEvent });
    await visitor.visit(from ?? (await serveOld()), before);
    pass(wait);
    try {
      await visitor.visit(origin, act);
    } catch {
      // An error page is no JSON; what it would say is in the log.
    }
    return lines.join('\n');
  }

  function refusalOf(options: object): string {
    try {
      clientSessions(options as ClientSessionsOptions);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  async function inspect(secret: string): Promise<string> {
    const visitor = new Visitor();
    await visitor.visit(await serveOld(), 'logIn');
    let said = '';
    await run(['inspect', '--variable', 'OLD_SECRET'], {
      stdin: Object.assign(
        (async function* () {
          yield `session=${visitor.cookies[0]}`;
        })(),
        { isTTY: false },
      ),
      stdout: { write: (text: string) => (said += text) },
      stderr: { write: (text: string) => (said += text) },
      env: { OLD_SECRET: secret },
      now: () => Date.now(),
      ...SURROUNDINGS,
    } as Parameters<typeof run>[1]);
    return said;
  }

  const { legacy: _, ...withoutLegacy } = FIRST;
  const foreign = { stringify: (content: object) => `v1 ${JSON.stringify(content)}`, parse: () => undefined };
  const within = (more: object): object => ({ ...FIRST, legacy: { ...FIRST.legacy, ...more } });
  const since: Act = (session) => void (session['since'] = new Date());

  /** What is done wrong, by the words of the guide, and what is said then. */
  const CASES: Readonly<Record<string, () => Promise<string> | string>> = {
    '`legacy.secret` is not the old secret': async () =>
      [
        await logOf(within({ secret: OTHER_SECRET }) as ClientSessionsModuleOptions),
        await inspect(OTHER_SECRET),
        await inspect(OLD_SECRET),
      ].join('\n'),
    '`legacy` was left out': () => logOf(withoutLegacy),
    '`cookieName` is another one': () => logOf({ ...SECOND, cookieName: 'basket' }),
    '`path` or `domain` is another one': () => logOf({ ...FIRST, cookie: {} }),
    '`write` was left out, or 2 came first': () => logOf(SECOND),
    '`activeDuration` was left out': () => {
      const { activeDuration: __, ...less } = FIRST;
      return logOf(less, { wait: DAY });
    },
    '`legacy.acceptUntil` was left out': () => refusalOf(within({ acceptUntil: undefined })),
    '`id: true`, a `version`, or another `codec` came with it': () => refusalOf({ ...FIRST, id: true }),
    'the cookie was renamed with it': () =>
      refusalOf({ ...FIRST, cookieName: 'basket', legacy: { ...FIRST.legacy, cookieName: 'session' } }),
    '`encryptionKey` stands where client-sessions has it': () =>
      refusalOf({ ...FIRST, encryptionKey: Buffer.alloc(32, 7) }),
    'the old secret goes on as `secret`, and is weak': () =>
      refusalOf({ ...FIRST, secret: 'the-secret-of-client-sessions' }),
    'a handler stores a `Date`, or what else is on the checklist': () => {
      acts = { logIn, since };
      return logOf(FIRST, { act: 'since' });
    },
    'a handler stores too much': () => {
      acts = { logIn, fill: (session) => void (session['it'] = 'x'.repeat(4_000)) };
      return logOf(FIRST, { act: 'fill' });
    },
    '`legacy.duration` was left out': () => {
      const { duration: __, ...legacy } = SECOND.legacy!;
      return logOf({ ...SECOND, legacy }, { before: 'remember', wait: 2 * DAY });
    },
    'a `codec` that does not read JSON came with it': () => refusalOf({ ...SECOND, codec: foreign }),
    'a schema that takes no text for a `Date` came with it': () => {
      acts = { since };
      const schema = z.object({ since: z.date().optional() });
      return logOf({ ...SECOND, schema }, { before: 'since' });
    },
    '`acceptUntil` comes too early': () =>
      logOf({ ...SECOND, legacy: { ...SECOND.legacy!, acceptUntil: START + HOUR } }, { wait: 2 * HOUR }),
    'the old application came back at once': () => logOf(SECOND),
    'a `version` of deployment 2 is gone': async () => {
      const migrate = { 1: (content: object) => content };
      return logOf(FIRST, { from: await HOSTS['express alone']!({ ...SECOND, version: 2, migrate }) });
    },
  };

  /** The cells of the guide's table. */
  const rows = guide
    .split('## When something goes wrong')[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:-|deployment )/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | *\|?$/g, '').trim()));

  test('the guide names each mistake that is made here, and no other', () => {
    expect(rows.map(([, mistake]) => mistake)).toEqual(Object.keys(CASES));
  });

  test.each(rows)('deployment %s: %s, %s', async (_deployment, mistake, _consequence, message) => {
    const said = await CASES[mistake!]!();
    if (message!.startsWith('nothing')) return expect(said).toBe('');
    const words = [...message!.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
    for (const text of words.filter((each) => each !== 'inspect')) expect(said).toContain(text);
    for (const secret of [OLD_SECRET, SECRET, OTHER_SECRET]) expect(said).not.toContain(secret);
  });
});
