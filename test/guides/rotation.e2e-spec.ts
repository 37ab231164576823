import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as common from '@nestjs/common';
import * as rxjs from 'rxjs';
import ts from 'typescript';
import { run } from '../../lib/cli/run.js';
import * as library from '../../lib/index.js';
import type { SessionEvent, SessionOptions } from '../../lib/index.js';
import { VisitController } from '../cluster/worker/nest.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { complaintsAbout } from '../support/compiler.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { SURROUNDINGS } from '../support/terminal.js';

const guide = readFileSync(new URL('../../docs/rotation.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
const ENVIRONMENT = { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: OTHER_SECRET };
const [ID, NEXT_ID] = [SECRET, OTHER_SECRET].map((secret) =>
  keyIdOf(library.createSessionCodec({ cookieName: 'session', secret }).seal({})),
);
/** Before the times in the guide's code. */
const START = Date.UTC(2027, 2, 1, 1);

/** Everything but the time has to go on, or no request would be answered. */
const OTHER_TIMERS = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
];

const events: SessionEvent[] = [];
const listener = (event: unknown): void => void events.push(event as SessionEvent);

beforeAll(() => subscribe(library.SESSION_EVENTS_CHANNEL, listener));
afterAll(() => void unsubscribe(library.SESSION_EVENTS_CHANNEL, listener));
beforeEach(() => {
  jest.useFakeTimers({ now: START, doNotFake: [...OTHER_TIMERS] });
  for (const level of ['log', 'debug', 'warn', 'error'] as const) {
    jest.spyOn(common.Logger.prototype, level).mockImplementation(() => undefined);
    jest.spyOn(console, level).mockImplementation(() => undefined);
  }
});
afterEach(async () => {
  jest.useRealTimers();
  const logged = logOf().join('\n');
  jest.restoreAllMocks();
  events.length = 0;
  await stopAll();
  stopServers();
  expect(leaksOf([SECRET, OTHER_SECRET], logged)).toEqual([]);
});

/** All lines of the log, whatever wrote them. */
function logOf(): string[] {
  return (['log', 'debug', 'warn', 'error'] as const).flatMap((level) =>
    [common.Logger.prototype[level], console[level]].flatMap((write) =>
      jest.mocked(write).mock.calls.map((call) => call.map(String).join(' ')),
    ),
  );
}

function keyIdOf(cookie: string | undefined): string {
  return Buffer.from(cookie!, 'base64url').toString('hex', 1, 5);
}

/** The key of what a visitor was told last. A request that only reads tells it in a cookie beside the session's own. */
function latestKeyIdOf(visitor: Browser, cookieName: string): string {
  return keyIdOf(visitor.cookie(`${cookieName}.r`) ?? visitor.cookie(cookieName));
}

/** Runs the block that holds a text, with the modules it imports, and hands out what it exports. */
function execute<T>(text: string, modules: Readonly<Record<string, object>> = {}): T {
  const [code, ...others] = blocks.filter((block) => block.includes(text));
  expect([code === undefined, others]).toEqual([false, []]);
  const { outputText } = ts.transpileModule(code!, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const known: Readonly<Record<string, object>> = {
    'nestjs-client-sessions': library,
    '@nestjs/common': common,
    rxjs,
    ...modules,
  };
  const exports = {};
  const require = (name: string): object => known[name]!;
  // eslint-disable-next-line typescript/no-implied-eval -- the code of the guide is what is tested
  new Function('exports', 'require', 'process', outputText)(exports, require, { env: ENVIRONMENT });
  return exports as T;
}

test('every block of the guide compiles, also where undefined is no value of an option', () => {
  const folder = import.meta.dirname;
  const texts = new Map(blocks.map((code, i) => [join(folder, `block-${i}.ts`), code]));
  texts.set(
    join(folder, 'vault.ts'),
    'export declare class Vault { read(name: string): Promise<{ secret: string; activeFrom: Date }[]>; }',
  );
  expect(complaintsAbout([...texts.keys()], { texts, rules: { exactOptionalPropertyTypes: true } })).toEqual(
    [],
  );
});

const { step0, step1, step2, step3 } = execute<Record<string, SessionOptions>>('step0');
const STEPS = [step0!, step1!, step2!, step3!];

/**
 * One visitor's browser, on whatever server is next. A server that does not know the visitor begins a
 * session of its own.
 */
class Visitor {
  #jar: [name: string, value: string][] = [];
  isLost = false;

  /** @param act `change`, or `look`, which keeps the cookie and is told of the new key beside it */
  async come(server: Browser, act: string): Promise<void> {
    const browser = new Browser(server.origin);
    for (const [name, value] of this.#jar) browser.setCookie(name, value);
    const isKnown = (await browser.get(`/${act}`)).text === 'known';
    if (this.#jar.length > 0 && !isKnown) this.isLost = true;
    this.#jar = browser.jar();
    const names = this.#jar.map(([name]) => name);
    expect([['session'], ['session', 'session.r']]).toContainEqual(names);
  }
}

async function serverOf(step: number): Promise<Browser> {
  return serve(({ url, session }, response) => {
    const isKnown = session.visits !== undefined;
    if (!isKnown || url === '/change') session.visits = (session.visits ?? 0) + 1;
    response.end(isKnown ? 'known' : 'new');
  }, STEPS[step]!);
}

/** Who comes at each of some steps, one server after the other. */
async function comeAt(visitor: Visitor, servers: readonly Browser[], act = 'change'): Promise<void> {
  for (const server of servers) await visitor.come(server, act);
}

describe('between the steps', () => {
  const [, ...rows] = /^\| from .*?\n\n/ms
    .exec(guide)![0]
    .trim()
    .split('\n')
    .filter((row) => !row.startsWith('| ---'));
  const pairs = rows.flatMap((row, from) => {
    const cells = row.split('|').map((cell) => cell.trim());
    return cells.slice(2, 6).flatMap((lost, to) => (lost === '' ? [] : [[from, to, lost] as const]));
  });
  const LOST: Readonly<Record<string, readonly string[]>> = {
    nobody: [],
    all: ['early', 'recent'],
    'all who meet both': ['recent'],
    'all who came since step 2': ['recent'],
    'all who have not come since step 2': ['early'],
  };

  /** Who changes nothing is not lost here, because the cookie of the older secret stays. */
  const SPARES_READERS = new Set(['0 → 2', '2 → 0', '3 → 1']);

  test('the table of the guide names every pair', () => {
    expect(pairs.map(([from, to]) => `${from} → ${to}`)).toEqual(
      [0, 1, 2, 3].flatMap((from) => [0, 1, 2, 3].filter((to) => to !== from).map((to) => `${from} → ${to}`)),
    );
  });

  test.each(pairs)('a rolling deployment from %d to %d loses: %s', async (from, to, lost) => {
    const [before, old, next] = [
      await serverOf(Math.max(from - 1, 0)),
      await serverOf(from),
      await serverOf(to),
    ];
    for (const act of ['look', 'change']) {
      const [early, recent] = [new Visitor(), new Visitor()];
      await comeAt(early, [before, next, next], act);
      await comeAt(recent, [before, old, old, next, old, next, next], act);
      const names = [...(early.isLost ? ['early'] : []), ...(recent.isLost ? ['recent'] : [])];
      const spared = act === 'look' && SPARES_READERS.has(`${from} → ${to}`) ? ['recent'] : [];
      expect([act, names]).toEqual([act, LOST[lost]!.filter((name) => !spared.includes(name))]);
    }
  });

  test('0 → 1 → 2 → 3 and 2 → 1 → 0 lose nobody who comes at every step, and 2 → 0 loses them all', async () => {
    const servers = [await serverOf(0), await serverOf(1), await serverOf(2), await serverOf(3)];
    const visits: Readonly<Record<string, [way: readonly number[], isLost: boolean]>> = {
      forward: [[0, 1, 0, 1, 2, 1, 2, 3, 2, 3], false],
      'back in steps': [[1, 2, 1, 2, 1, 0, 1, 0], false],
      'one step back from 1': [[0, 1, 0, 1, 0], false],
      'one step back from 2': [[1, 2, 1, 2, 1], false],
      'one step back from 3': [[2, 3, 2, 3, 2], false],
      'two steps back': [[1, 2, 0], true],
      'back in steps, without having come at step 1': [[1, 2, 0], true],
    };
    for (const [name, [way, isLost]] of Object.entries(visits)) {
      const visitor = new Visitor();
      await comeAt(
        visitor,
        way.map((step) => servers[step]!),
      );
      expect([name, visitor.isLost]).toEqual([name, isLost]);
    }
  });

  test('the lists are those that the command line prints', async () => {
    let out = '';
    await run(['rotate'], {
      stdin: Object.assign((async function* () {})(), {}),
      stdout: { write: (text) => (out += text) },
      stderr: { write: () => undefined },
      env: ENVIRONMENT,
      now: Date.now,
      ...SURROUNDINGS,
    });
    const secrets = [...out.matchAll(/secret: \[(.*)\]/g)].map(([, list]) =>
      list!
        .split(', ')
        .map((name) => (ENVIRONMENT as Record<string, string>)[name.replace('process.env.', '')]),
    );
    expect(secrets).toEqual(STEPS.slice(1).map(({ secret }) => secret));
  });
});

describe.each(PLATFORMS)('on %s', (platform) => {
  async function enter(browser: Browser): Promise<void> {
    expect((await browser.post('/enter/1')).json()).toEqual({ visitor: 1, visits: 1 });
  }

  async function isKnown(browser: Browser): Promise<boolean> {
    return (await browser.get('/look')).json<{ visitor?: number }>().visitor === 1;
  }

  test('planned times take over by themselves, and nobody is lost', async () => {
    const { planned } = execute<{ planned: SessionOptions }>('planned: SessionOptions');
    const { browser } = await start(platform, {
      controllers: [VisitController],
      options: { name: 'session', duration: '1y', ...planned },
    });
    const [visitor, absent] = [browser(), browser()];
    await enter(visitor);
    await enter(absent);
    jest.setSystemTime(Date.parse('2027-03-01T03:00:00Z') - 1);
    expect(await isKnown(visitor)).toBe(true);
    expect(keyIdOf(visitor.cookie('session'))).toBe(ID);

    jest.setSystemTime(Date.now() + 1);
    expect(await isKnown(visitor)).toBe(true);
    expect(latestKeyIdOf(visitor, 'session')).toBe(NEXT_ID);
    jest.setSystemTime(Date.parse('2027-07-01T03:00:00Z') - 1);
    expect(await isKnown(absent)).toBe(true);

    const late = browser();
    late.setCookie(
      'session',
      library.createSessionCodec({ name: 'session', secret: SECRET }).seal({ visitor: 1 }),
    );
    jest.setSystemTime(Date.now() + 1);
    expect([await isKnown(visitor), await isKnown(absent), await isKnown(late)]).toEqual([true, true, false]);
    expect(events.at(-1)).toEqual({ type: 'refused', session: 'session', reason: 'unknown-key' });
  });

  test('a leaked secret seals and opens no more, and its cookies are reported', async () => {
    const { leaked } = execute<{ leaked: SessionOptions }>('leaked: SessionOptions');
    const { browser } = await start(platform, {
      controllers: [VisitController],
      options: { name: 'session', ...leaked },
    });
    const visitor = browser();
    visitor.setCookie(
      'session',
      library.createSessionCodec({ name: 'session', secret: SECRET }).seal({ visitor: 1 }),
    );
    expect(await isKnown(visitor)).toBe(false);
    expect(events.at(-1)).toEqual({ type: 'refused', session: 'session', reason: 'revoked' });
    await enter(visitor);
    expect(keyIdOf(visitor.cookie('session'))).toBe(NEXT_ID);
  });

  describe('a file of secrets', () => {
    let folder: string;
    let reading: Promise<string>;
    beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'rotation-'))));
    afterEach(() => rm(folder, { recursive: true }));

    /** The guide's module, reading another file than the guide's. */
    function sessionsOfFile(): common.DynamicModule {
      const read = (path: string, encoding: 'utf8'): Promise<string> => {
        expect(path).toBe('/run/secrets/sessions');
        reading = readFile(join(folder, 'sessions'), encoding);
        return reading;
      };
      return execute<{ sessions: common.DynamicModule }>('/run/secrets/sessions', {
        'node:fs/promises': { readFile: read },
      }).sessions;
    }

    const write = (text: string): Promise<void> => writeFile(join(folder, 'sessions'), text);

    test.each([
      ['the line ends of Unix', (lines: string[]) => lines.join('\n')],
      ['a line end behind the last', (lines: string[]) => `${lines.join('\n')}\n`],
      ['the line ends of Windows', (lines: string[]) => lines.join('\r\n')],
      [
        'the line ends of Windows behind each',
        (lines: string[]) => lines.map((line) => `${line}\r\n`).join(''),
      ],
      ['a byte order mark', (lines: string[]) => `\uFEFF${lines.join('\r\n')}\r\n`],
    ])('with %s leads from each step to the next, and nobody is lost', async (_title, text) => {
      await write(text([SECRET]));
      const { browser } = await start(platform, {
        controllers: [VisitController],
        sessions: [sessionsOfFile()],
      });
      const visitor = browser();
      await enter(visitor);
      const ids: string[] = [];
      for (const lines of [[SECRET], [SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET], [OTHER_SECRET]]) {
        await write(text(lines));
        await refresh(visitor);
        expect(await isKnown(visitor)).toBe(true);
        ids.push(latestKeyIdOf(visitor, 'session'));
      }
      expect(ids).toEqual([ID, ID, NEXT_ID, NEXT_ID]);
      expect(
        events.filter(({ type }) => type === 'keys').map((event) => (event as { keyIds: unknown }).keyIds),
      ).toEqual([[ID], [ID, NEXT_ID], [NEXT_ID, ID], [NEXT_ID]]);
    });

    /** A request finds the list too old and does not wait for the next one. */
    async function refresh(visitor: Browser): Promise<void> {
      jest.setSystemTime(Date.now() + MINUTE);
      const before = reading;
      expect(await isKnown(visitor)).toBe(true);
      expect(reading).not.toBe(before);
      await reading.catch(() => undefined);
      await new Promise(setImmediate);
    }

    test.each([
      ['that is gone', () => rm(join(folder, 'sessions')), /Error \(ENOENT\)/],
      ['that is empty', () => write('\n'), /InvalidOptionsError: .*it is missing/],
    ])('%s leaves the last list in force, and says so', async (_title, spoil, reason) => {
      await write(SECRET);
      const { browser } = await start(platform, {
        controllers: [VisitController],
        sessions: [sessionsOfFile()],
      });
      const visitor = browser();
      await enter(visitor);
      await spoil();
      await refresh(visitor);
      expect(await isKnown(visitor)).toBe(true);
      expect(events.at(-1)).toMatchObject({ type: 'keys-failed' });
      expect(logOf().join('\n')).toMatch(reason);
    });
  });

  test('an Observable of lists outlives an outage, and every list is in force at once', async () => {
    let answer: () => Promise<object[]> = async () => [{ secret: SECRET, activeFrom: new Date(START - DAY) }];
    let asked = 0;
    class Vault {
      read(): Promise<object[]> {
        asked += 1;
        return answer();
      }
    }
    class VaultModule {}
    common.Module({ providers: [Vault], exports: [Vault] })(VaultModule);
    common.Global()(VaultModule);
    const { sessions } = execute<{ sessions: common.DynamicModule }>('./vault.js', {
      './vault.js': { Vault },
    });
    const starting = start(platform, {
      controllers: [VisitController],
      imports: [VaultModule],
      sessions: [sessions],
    });
    await jest.advanceTimersByTimeAsync(0);
    const ticking = setTicking();
    const { browser } = await starting;
    ticking();
    const visitor = browser();
    expect((await visitor.post('/enter/1')).status).toBe(201);
    const cookieName = visitor.jar()[0]![0];
    expect(keyIdOf(visitor.cookie(cookieName))).toBe(ID);

    const lastly = asked;
    answer = async () => Promise.reject(new Error('sealed'));
    await jest.advanceTimersByTimeAsync(2 * MINUTE);
    expect(asked).toBeGreaterThan(lastly + 3);
    expect(await isKnown(visitor)).toBe(true);

    const soon = new Date(Date.now() + HOUR);
    answer = async () => [
      { secret: OTHER_SECRET, activeFrom: soon },
      { secret: SECRET, activeFrom: new Date(START - DAY) },
    ];
    await jest.advanceTimersByTimeAsync(2 * MINUTE);
    expect(await isKnown(visitor)).toBe(true);
    expect(latestKeyIdOf(visitor, cookieName)).toBe(ID);
    await jest.advanceTimersByTimeAsync(HOUR);
    expect(await isKnown(visitor)).toBe(true);
    expect(latestKeyIdOf(visitor, cookieName)).toBe(NEXT_ID);
    expect(events.filter(({ type }) => type === 'keys-failed')).toEqual([]);
  });

  test('the ids of the keys can be asked for, as they are now', async () => {
    const { HealthController } = execute<{ HealthController: common.Type }>('HealthController');
    const { browser } = await start(platform, {
      controllers: [HealthController],
      options: { name: 'session', ...step1 },
    });
    expect((await browser().get('/health/session-keys')).json()).toEqual([ID, NEXT_ID]);
    const example = /^\[ClientSessions\] (.*)$/m.exec(guide)![1]!;
    expect(logOf()).toContain(
      example.replace('3f2a9c01', ID!).replace('b7e04d55', NEXT_ID!).replace('session, cart', 'session'),
    );
  });
});

/** The rows of a table by their first cells, which begins with a word. */
function rowsOf(head: string): Map<string, string> {
  const [, , ...rows] = new RegExp(`^\\| ${head} .*?(?=\n\n|$(?![^]))`, 'ms')
    .exec(guide)![0]
    .trim()
    .split('\n');
  return new Map(
    rows.map((row) => {
      const [first = '', ...others] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return head === 'state' ? [others[0]!, others[1]!] : [first, others[0]!];
    }),
  );
}

/** What a cell quotes, in the order of the cell. */
function quotedIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

const cookieOf = (options: object): string =>
  library.createSessionCodec({ name: 'session', secret: SECRET, ...options }).seal({ visitor: 1 });

/** What an application with some options logs of a visitor with some cookie. */
async function logOfVisit(options: object, cookie = ''): Promise<string> {
  const { browser } = await start('express', {
    controllers: [VisitController],
    options: { name: 'session', ...options },
  });
  const visitor = browser();
  if (cookie) visitor.setCookie('session', cookie);
  await visitor.post('/enter/1');
  return logOf().join('\n');
}

/** Everything that a command prints, and the code it ends with. */
async function callCommand(
  args: readonly string[],
  env: Record<string, string>,
  input = '',
): Promise<string> {
  let printed = '';
  const output = { write: (text: string) => (printed += text) };
  async function* chunks(): AsyncGenerator<string> {
    yield input;
  }
  const code = await run(args, {
    stdin: chunks(),
    stdout: output,
    stderr: output,
    env,
    now: Date.now,
    ...SURROUNDINGS,
  });
  expect(leaksOf([SECRET, OTHER_SECRET], printed)).toEqual([]);
  return `exit ${code}: ${printed}`;
}

async function messageOf(starting: Promise<unknown>): Promise<string> {
  const error = await starting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(library.InvalidOptionsError);
  return (error as Error).message;
}

describe('where everybody is logged out, the log says so as the guide has it', () => {
  const CAUSES: Readonly<Record<string, (() => Promise<string>) | undefined>> = {
    'a step was left out': () => logOfVisit(step0!, cookieOf({ secret: OTHER_SECRET })),
    'the secret has expired': () =>
      logOfVisit(
        { secret: [OTHER_SECRET, { secret: SECRET, expires: new Date(START - HOUR) }] },
        cookieOf({}),
      ),
    'the secret was revoked': () =>
      logOfVisit({ secret: [OTHER_SECRET, { secret: SECRET, revoked: true }] }, cookieOf({})),
    'nothing may seal': async () => {
      let secret: library.SecretList = SECRET;
      const options = { secret: () => secret, secretRefresh: 0 };
      const { browser } = await start('express', {
        controllers: [VisitController],
        options: { name: 'session', ...options },
      });
      secret = [{ secret: SECRET, revoked: true }];
      await browser().post('/enter/1');
      return logOf().join('\n');
    },
    'another `purpose`': () => logOfVisit({ purpose: 'shop' }, cookieOf({})),
    'clocks differ': () => logOfVisit({}, cookieOf({ now: () => START + HOUR })),
    'a shorter `duration`': () =>
      logOfVisit({ duration: '1 hour' }, cookieOf({ now: () => START - 2 * HOUR })),
    '`secure: true` over plain http': async () => {
      const { origin } = await start('express', {
        controllers: [VisitController],
        options: { name: 'session', cookie: { secure: true } },
      });
      const headers = { host: 'shop.example' };
      const asked = request(`${origin}/enter/1`, { method: 'POST', headers }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return logOf().join('\n');
    },
    'another `cookieName`': undefined,
    'another `path` or `domain` of the cookie': undefined,
    'line ends or quotes in a secret': undefined,
  };

  const rows = rowsOf('cause');

  test('for every cause that a log can show', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(CAUSES).sort());
  });

  test.each(Object.entries(CAUSES).flatMap(([cause, act]) => (act ? [[cause, act] as const] : [])))(
    '%s',
    async (cause, act) => {
      const [line] = quotedIn(rows.get(cause)!);
      expect(await act()).toContain(line);
    },
  );

  test('another name is found again as an earlier one', async () => {
    const { browser } = await start('express', {
      controllers: [VisitController],
      options: { name: 'session', cookieName: 'shop', previousNames: ['session'] },
    });
    const visitor = browser();
    visitor.setCookie('session', cookieOf({}));
    expect((await visitor.get('/look')).json()).toEqual({ visitor: 1 });
    expect(events.filter(({ type }) => type === 'refused')).toEqual([]);
  });

  test('the lines that the guide searches a log for are there', async () => {
    const log = await logOfVisit(step1!, 'AQ');
    const patterns = [...guide.matchAll(/grep -o?E '([^']+)'/g)].map(([, pattern]) => new RegExp(pattern!));
    expect(patterns.map((pattern) => pattern.test(log))).toEqual([true, true]);
  });
});

describe('a mistake looks as the guide has it', () => {
  const unset = (secret: unknown): Promise<string> => messageOf(logOfVisit({ secret }));
  const opens = (secret: unknown, sealed: string): Promise<string> =>
    logOfVisit({ secret }, cookieOf({ secret: sealed }));
  const inspected = (input: string, env: Record<string, string> = {}): Promise<string> =>
    callCommand(['inspect'], env, input);
  const sealedBy = (secret: string): string => `session=${cookieOf({ secret })}`;

  /** What the module, the command line and the log say; each has to hold all that the row quotes of it. */
  const MISTAKES: Readonly<Record<string, () => Promise<string>>> = {
    'the variable of the new secret is not set': () => unset([SECRET, '']),
    'the new secret is a short password': async () =>
      (await unset([SECRET, 'hunter2'])) +
      (await callCommand(['rotate'], { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: 'hunter2' })),
    'the new secret is the old one': async () =>
      (await unset([SECRET, SECRET])) +
      (await callCommand(['rotate'], { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: SECRET })),
    '`rotate --lifetime 120`': () => callCommand(['rotate', '--lifetime', '120'], ENVIRONMENT),
    'step 1 is left out, or not yet everywhere': async () =>
      (await opens(step0!.secret, OTHER_SECRET)) + (await opens(step2!.secret, OTHER_SECRET)),
    'step 3 too early': async () =>
      (await opens(step3!.secret, SECRET)) + (await inspected(sealedBy(SECRET))),
    'a rollback over two deployments': async () =>
      (await opens(step0!.secret, OTHER_SECRET)) + (await inspected(sealedBy(OTHER_SECRET))),
    'every `notBefore` is ahead': () => unset([{ secret: SECRET, notBefore: new Date(START + HOUR) }]),
    'the last secret expires while the application runs': async () => {
      const { browser } = await start('express', {
        controllers: [VisitController],
        options: { name: 'session', secret: { secret: SECRET, expires: new Date(START + HOUR) } },
      });
      jest.setSystemTime(START + HOUR);
      const { status } = await browser().post('/enter/1');
      return `status ${status}: ${logOf().join('\n')}`;
    },
    'the file is gone, or the vault is down': () =>
      failing(() => {
        throw Object.assign(new Error(SECRET), { code: 'ENOENT' });
      }),
    'an empty file': () => failing(() => ''.trim().split(/\r?\n/)),
    'a list that only revokes': () => failing(() => [{ secret: SECRET, revoked: true }]),
    'the leaked secret is taken out and not revoked': () => opens([OTHER_SECRET], SECRET),
    '`inspect` gets several': () =>
      inspected(`Cookie: session=${cookieOf({})}; cart=${cookieOf({ name: 'cart' })}`),
    '`inspect` has no secret': () => inspected(sealedBy(SECRET)),
    '`inspect` has another secret': () => inspected(sealedBy(OTHER_SECRET), { SESSION_SECRET: SECRET }),
  };

  async function failing(then: () => library.SecretList): Promise<string> {
    let secret: () => library.SecretList = () => SECRET;
    const { browser } = await start('express', {
      controllers: [VisitController],
      options: { name: 'session', secret: () => secret(), secretRefresh: 0 },
    });
    secret = then;
    await browser().post('/enter/1');
    return `${events.map(({ type }) => type).join()}: ${logOf().join('\n')}`;
  }

  const rows = rowsOf('state');

  test('for every mistake of the guide', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(MISTAKES).sort());
  });

  test.each(Object.entries(MISTAKES))('%s', async (mistake, act) => {
    const said = (await act()).replaceAll(ID!, '11111111').replaceAll(NEXT_ID!, '22222222');
    const row = rows.get(mistake)!;
    const quotes = quotedIn(row).filter((quote) => !/^(rotate|inspect|revoked)$/.test(quote));
    expect(quotes.filter((quote) => !said.includes(quote))).toEqual([]);
    expect(said.startsWith(/^exit \d:/.exec(row)?.[0] ?? '')).toBe(true);
  });
});

/** Lets the faked intervals of a start that waits for them pass. */
function setTicking(): () => void {
  let isTicking = true;
  const tick = (): void => {
    if (!isTicking) return;
    jest.advanceTimersByTime(0);
    setImmediate(tick);
  };
  tick();
  return () => (isTicking = false);
}
