import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Body, Controller, Get, Logger, Post, Res } from '@nestjs/common';
import ancestor from 'client-sessions';
import { BehaviorSubject, EMPTY, firstValueFrom, of, ReplaySubject, Subject, throwError } from 'rxjs';
import {
  ClientSessionsModule,
  clientSessions,
  type ClientSessionsOptions,
  createSessionCodec,
  defineSession,
  getSession,
  getSessionInfo,
  getSessionOptionsToken,
  InjectSessionOptions,
  InvalidOptionsError,
  SecretsUnavailableError,
  type LegacyOptions,
  type ResolvedSessionOptions,
  Session,
  type SessionEvent,
} from '../../lib/index.js';
import { isLegacyText } from '../../lib/sealing/legacy-format.js';
import { describeHeader } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import type { SecretOption } from '../../lib/sealing/secret-source.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { Clock, DAY, HOUR, MINUTE, SECOND } from '../support/session.js';

const OLD_SECRET = 'mU7_cXw4-Qe9LtRz2KbVh6Ys3NpJd8FaGo1';
const ENCRYPTION_KEY = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f0', 'hex');
const SIGNATURE_KEY = Buffer.from('q7Zx-Vw2_Lk9Tn4Rb6Yc8Md1Ps3Hf5Jg', 'latin1');
const SECRETS = [
  SECRET,
  OTHER_SECRET,
  OLD_SECRET,
  ENCRYPTION_KEY.toString('latin1'),
  SIGNATURE_KEY.toString('latin1'),
];
const [ID, OTHER_ID] = [SECRET, OTHER_SECRET].map((secret) => new KeyRing(secret, 'secret').ids[0]!);

@Controller()
class VisitController {
  constructor(@InjectSessionOptions() private readonly options: ResolvedSessionOptions) {}

  @Get('keys')
  keys() {
    return this.options.keyIds;
  }

  @Get('nothing')
  nothing() {
    return 'nothing';
  }

  @Get('read')
  read(@Session() session: Session) {
    return { ...session };
  }

  @Get('info')
  info(@Session() session: Session) {
    return getSessionInfo(session);
  }

  @Post('write')
  write(@Session() session: Session, @Body() content: object) {
    return { ...Object.assign(session, content) };
  }

  @Post('write-by-hand')
  writeByHand(@Session() session: Session, @Res() response: any) {
    session['byHand'] = true;
    response.status(200).send('by hand');
  }

  @Post('logout')
  logout(@Session() session: Session) {
    session.destroy();
  }
}

/** Everything that was logged and reported: searched for secrets after every test. */
const lines: string[] = [];
const events: SessionEvent[] = [];
const eventsOf = (type: SessionEvent['type']) => events.filter((event) => event.type === type);

beforeEach(() => {
  for (const level of ['log', 'debug', 'warn', 'error'] as const) {
    jest
      .spyOn(Logger.prototype, level)
      .mockImplementation((...said: unknown[]) => void lines.push(`${level}: ${said.map(String).join(' ')}`));
  }
});

afterEach(async () => {
  await stopAll();
  stopServers();
  for (const server of ancestors) server.close();
  ancestors.clear();
  jest.restoreAllMocks();
  const told = [...lines.splice(0), inspect(events.splice(0), { depth: Infinity, showHidden: true })];
  expect(leaksOf(SECRETS, told.join('\n'))).toEqual([]);
});

/** An application of one session called `session`, with a clock to turn. */
async function boot(platform: Platform, given: Partial<ClientSessionsOptions> = {}) {
  const clock = new Clock();
  const options = optionsOf(given, clock);
  const { app, browser } = await start(platform, { controllers: [VisitController], options });
  return { app, browser, clock };
}

function optionsOf(given: Partial<ClientSessionsOptions>, clock?: Clock): ClientSessionsOptions {
  return {
    secret: SECRET,
    ...(!given.sessions && { cookieName: 'session' }),
    ...(clock && { now: clock.now }),
    onEvent: (event) => events.push(event),
    ...given,
  };
}

function fail(error: Error): never {
  throw error;
}

/** Everything that was waiting for promises has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const keyIdOf = (browser: Browser, name = 'session') => describeHeader(browser.cookie(name) ?? '')?.keyId;
/** The key of what the browser was told last, which is beside the session's own cookie if requests only read. */
const latestKeyIdOf = (browser: Browser) => keyIdOf(browser, 'session.r') ?? keyIdOf(browser);
const leftIn = (browser: Browser) =>
  browser
    .jar()
    .map(([name]) => name)
    .sort();
const nameOf = (setCookie: string) => setCookie.split('=')[0];
const namesOf = (setCookies: readonly string[]) => setCookies.map(nameOf);
const isDeletion = (header: string) => /^[\w.-]+=; .*Max-Age=0/.test(header);

/** How a secret may be given, each with a way to exchange it: none needs a restart. */
const DELIVERIES: readonly [title: string, deliver: (first: SecretList) => Delivery][] = [
  ['a function', (first) => delivery(first, (current) => () => current.list)],
  ['an async function', (first) => delivery(first, (current) => async () => current.list)],
  [
    'an Observable',
    (first) => {
      const subject = new BehaviorSubject(first);
      return { secret: subject.asObservable(), exchange: (list) => subject.next(list) };
    },
  ],
];

interface Delivery {
  readonly secret: SecretOption;
  exchange(list: SecretList): void;
}

function delivery(first: SecretList, make: (current: { list: SecretList }) => SecretOption): Delivery {
  const current = { list: first };
  return { secret: make(current), exchange: (list) => void (current.list = list) };
}

describe.each(PLATFORMS)('keys (%s)', (platform) => {
  test('are logged at start by their ids, once for all sessions that share them', async () => {
    await boot(platform, {
      secret: [SECRET, OTHER_SECRET],
      sessions: [{ name: 'session' }, { name: 'cart' }, { name: 'login', secret: OTHER_SECRET }],
    });

    expect(lines.filter((line) => line.includes('Key'))).toEqual([
      `log: Key ${ID} seals the sessions: session, cart; ${OTHER_ID} open, too`,
      `log: Key ${OTHER_ID} seals the sessions: login`,
    ]);
    expect(events).toEqual([
      { type: 'keys', sessions: ['session', 'cart'], keyIds: [ID, OTHER_ID] },
      { type: 'keys', sessions: ['login'], keyIds: [OTHER_ID] },
    ]);
  });

  test('with times: the log names those in force, the sealing one first', async () => {
    const { time } = new Clock();
    await boot(platform, {
      secret: [
        { secret: OLD_SECRET, revoked: true },
        { secret: OTHER_SECRET, notBefore: time + HOUR },
        SECRET,
      ],
    });

    expect(lines).toContain(`log: Key ${ID} seals the sessions: session; ${OTHER_ID} open, too`);
  });

  describe.each(DELIVERIES)('from %s', (_title, deliver) => {
    test.each([
      ['forRoot', (options: ClientSessionsOptions) => ClientSessionsModule.forRoot(options)],
      [
        'forRootAsync',
        ({ sessions, ...options }: ClientSessionsOptions) =>
          ClientSessionsModule.forRootAsync({ sessions, useFactory: async () => options }),
      ],
    ])('%s: rotated while the application runs, and nobody is logged out', async (_way, importing) => {
      const clock = new Clock();
      const { secret, exchange } = deliver(SECRET);
      const sessions = [{ name: 'session' }];
      const options = optionsOf({ secret, sessions, secretRefresh: '1 minute' }, clock);
      const running = await start(platform, {
        controllers: [VisitController],
        sessions: [importing(options)],
      });
      const injected = running.app.get<ResolvedSessionOptions>(getSessionOptionsToken());
      const browser = running.browser(clock.now);
      /** The interval passes, and a request has the list fetched. */
      const refresh = async () => {
        clock.pass(MINUTE);
        await running.browser(clock.now).post('/write', { n: 1 });
        await settled();
      };
      await browser.post('/write', { total: 33 });
      expect(keyIdOf(browser)).toBe(ID);

      exchange([SECRET, OTHER_SECRET]);
      await refresh();
      expect((await browser.get('/keys')).json()).toEqual([ID, OTHER_ID]);
      expect((await browser.get('/read')).setCookies).toEqual([]);

      exchange([OTHER_SECRET, SECRET]);
      await refresh();
      expect(injected.keyIds).toEqual([OTHER_ID, ID]);
      expect((await browser.get('/nothing')).setCookies).toEqual([]);
      const used = await browser.get('/read');
      expect([used.json(), namesOf(used.setCookies), latestKeyIdOf(browser)]).toEqual([
        { total: 33 },
        ['session.r'],
        OTHER_ID,
      ]);
      expect((await browser.get('/read')).setCookies).toEqual([]);

      exchange([OTHER_SECRET, { secret: SECRET, revoked: true }]);
      await refresh();
      expect(JSON.parse(JSON.stringify(injected)).keyIds).toEqual([OTHER_ID]);
      expect((await browser.get('/read')).json()).toEqual({ total: 33 });
      expect((await browser.post('/write', { total: 34 })).json()).toEqual({ total: 34 });
      expect([leftIn(browser), keyIdOf(browser)]).toEqual([['session'], OTHER_ID]);
      expect(eventsOf('keys')).toMatchObject(
        [[ID], [ID, OTHER_ID], [OTHER_ID, ID], [OTHER_ID]].map((keyIds) => ({ keyIds })),
      );
      expect(eventsOf('refused')).toEqual([]);
    });

    test('a key that has leaked is refused on the next request', async () => {
      const { secret, exchange } = deliver(SECRET);
      const { browser: open, clock } = await boot(platform, { secret, secretRefresh: 0 });
      const [visitor, attacker] = [open(), open()];
      await visitor.post('/write', { user: 'ada' });
      attacker.setCookie('session', visitor.cookie('session')!);
      expect((await attacker.get('/read')).json()).toEqual({ user: 'ada' });

      exchange([OTHER_SECRET, { secret: SECRET, revoked: true }]);
      // A function that answers later takes effect with the request after the one that asked it.
      await open().post('/write', { n: 1 });
      await settled();
      const page = await attacker.get('/read');
      expect(page.json()).toEqual({});
      expect(page.setCookies).toEqual([]);
      expect(eventsOf('refused')).toEqual([{ type: 'refused', session: 'session', reason: 'revoked' }]);
      await visitor.post('/write', { user: 'ada' });
      expect(keyIdOf(visitor)).toBe(OTHER_ID);
      clock.pass(HOUR);
      expect((await visitor.get('/read')).json()).toEqual({ user: 'ada' });
    });

    test.each<[string, SecretList]>([
      ['alone', { secret: SECRET, revoked: true }],
      ['twice', [SECRET, { secret: SECRET, revoked: true }]],
      ['beside a mistake', [{ secret: SECRET, revoked: true }, 'short']],
      ['in an entry with a mistake', { secret: SECRET, revoked: true, reason: 'leak' } as SecretList],
    ])(
      'the only key, revoked %s: nothing opens or is stored, and cookies stay',
      async (_list, revocation) => {
        const { secret, exchange } = deliver(SECRET);
        const { browser: open } = await boot(platform, { secret, secretRefresh: 0 });
        const browser = open();
        await browser.post('/write', { user: 'ada' });
        const cookie = browser.cookie('session');
        exchange(revocation);
        await open().post('/write', { n: 1 });
        await settled();

        const page = await browser.get('/read');
        expect([page.json(), page.setCookies]).toEqual([{}, []]);
        expect(eventsOf('refused')).toEqual([{ type: 'refused', session: 'session', reason: 'revoked' }]);
        for (const path of ['/write', '/write-by-hand']) {
          const { status, setCookies } = await browser.post(path, { user: 'eve' });
          expect([status, setCookies, browser.cookie('session')]).toEqual([500, [], cookie]);
        }
        expect((await open().post('/write', { user: 'eve' })).status).toBe(500);
        expect((await browser.get('/keys')).json()).toEqual([]);
        expect(lines.filter((line) => line.includes('No key may seal'))).toEqual([
          expect.stringMatching(
            /^error: No key may seal sessions session, .*Put a secret in front of the list/,
          ),
        ]);

        exchange([OTHER_SECRET, { secret: SECRET, revoked: true }]);
        await open().post('/write', { n: 1 });
        await settled();
        expect((await browser.post('/write', { user: 'bob' })).json()).toEqual({ user: 'bob' });
        expect(keyIdOf(browser)).toBe(OTHER_ID);
      },
    );

    test('a bad list later changes nothing but the log', async () => {
      const { secret, exchange } = deliver(SECRET);
      const { browser: open } = await boot(platform, { secret, secretRefresh: 0 });
      const browser = open();
      await browser.post('/write', { total: 33 });
      exchange([SECRET, SECRET]);
      await open().post('/write', { n: 1 });
      await settled();

      expect((await browser.get('/read')).json()).toEqual({ total: 33 });
      expect(eventsOf('keys-failed')[0]).toMatchObject({
        sessions: ['session'],
        error: { code: 'ERR_INVALID_OPTIONS', option: 'secret[1]' },
      });
      expect(lines).toContainEqual(
        expect.stringMatching(
          new RegExp(
            '^error: New secrets of sessions session could not be loaded, the last ones stay in force: ' +
              'InvalidOptionsError: .*List every secret once',
          ),
        ),
      );
    });
  });

  test('the start waits for an async function and for a stream, and logs keys when they arrive', async () => {
    const [first, second] = [new Subject<SecretList>(), new Subject<SecretList>()];
    let hasStarted = false;
    const starting = boot(platform, {
      sessions: [
        { name: 'session', secret: first },
        { name: 'cart', secret: () => firstValueFrom(second) },
      ],
    }).then((running) => {
      hasStarted = true;
      return running;
    });
    for (let i = 0; i < 20; i++) await settled();
    first.next(SECRET);
    for (let i = 0; i < 20; i++) await settled();
    expect([hasStarted, lines.at(-1)]).toEqual([false, `log: Key ${ID} seals the sessions: session`]);

    second.next(OTHER_SECRET);
    const browser = (await starting).browser();
    expect(lines).toContain(`log: Key ${OTHER_ID} seals the sessions: cart`);
    expect((await browser.post('/write', { n: 1 })).status).toBe(201);
  });

  const fault = Object.assign(new Error('vault sealed'), { code: 'E_SEALED' });
  test.each<[string, () => SecretOption, unknown, RegExp]>([
    [
      'a function that throws',
      () => () => fail(fault),
      SecretsUnavailableError,
      /could not be loaded: Error \(E_SEALED\)/,
    ],
    ['a function with a bad list', () => () => 'short', InvalidOptionsError, /Generate one with/],
    [
      'an async function that rejects',
      () => () => Promise.reject(fault),
      SecretsUnavailableError,
      /could not be loaded: Error \(E_SEALED\)/,
    ],
    [
      'an async function with a bad list',
      () => async () => [],
      InvalidOptionsError,
      /Give at least one secret/,
    ],
    [
      'an async function whose secrets are all over',
      () => async () => ({ secret: SECRET, expires: '2020-01-01' }),
      InvalidOptionsError,
      /Add a secret that may seal/,
    ],
    [
      'a stream that fails',
      () => throwError(() => fault),
      SecretsUnavailableError,
      /could not be loaded: Error \(E_SEALED\)/,
    ],
    [
      'a stream that ends without a list',
      () => EMPTY,
      InvalidOptionsError,
      /keeps the last list for later subscribers/,
    ],
    ['a stream with a bad list', () => of('short'), InvalidOptionsError, /Generate one with/],
  ])(
    '%s stops the application at start, and other streams are let go',
    async (_title, make, error, message) => {
      const other = new BehaviorSubject<SecretList>(OTHER_SECRET);
      const sessions = [
        { name: 'cart', secret: other },
        { name: 'session', secret: make() },
      ];
      const ways = [
        ClientSessionsModule.forRoot(optionsOf({ sessions })),
        ClientSessionsModule.forRootAsync({ useFactory: () => optionsOf({ sessions }) }),
      ];
      for (const way of ways) {
        const starting = start(platform, { sessions: [way] });
        await expect(starting).rejects.toThrow(error as typeof InvalidOptionsError);
        await expect(starting).rejects.toThrow(message);
      }
      expect(other.observed).toBe(false);
    },
  );

  test('closing the application lets the stream go', async () => {
    const subject = new ReplaySubject<SecretList>(1);
    subject.next(SECRET);
    const { app } = await boot(platform, { secret: subject });
    expect(subject.observed).toBe(true);
    await app.close();

    expect(subject.observed).toBe(false);
  });

  test('a function that is shared is asked once for all sessions, and as often as each wants', async () => {
    const shared = jest.fn(() => SECRET);
    const { browser: open, clock } = await boot(platform, {
      secret: shared,
      secretRefresh: '1 hour',
      sessions: [{ name: 'session' }, { name: 'cart' }, { name: 'login', secretRefresh: '1 minute' }],
    });
    expect(shared).toHaveBeenCalledTimes(2);
    clock.pass(MINUTE);
    await open().post('/write', { n: 1 });

    expect(shared).toHaveBeenCalledTimes(2);
    clock.pass(HOUR);
    await open().post('/write', { n: 1 });
    expect(shared).toHaveBeenCalledTimes(3);
  });

  test('a planned rotation switches at its time on a running application', async () => {
    const { time } = new Clock();
    const { browser: open, clock } = await boot(platform, {
      secret: [{ secret: OTHER_SECRET, notBefore: new Date(time + HOUR) }, SECRET],
    });
    const browser = open();
    await browser.post('/write', { total: 33 });
    expect([(await browser.get('/keys')).json(), keyIdOf(browser)]).toEqual([[ID, OTHER_ID], ID]);
    clock.pass(HOUR);

    expect((await browser.get('/read')).json()).toEqual({ total: 33 });
    expect([(await browser.get('/keys')).json(), latestKeyIdOf(browser)]).toEqual([[OTHER_ID, ID], OTHER_ID]);
    const dropped = moved(
      browser,
      (await boot(platform, { secret: OTHER_SECRET, now: clock.now })).browser(),
    );
    expect((await dropped.get('/read')).json()).toEqual({ total: 33 });
  });

  test('a planned rotation is an event when it happens, once for each source, and the log follows', async () => {
    const { time } = new Clock();
    const planned = [
      { secret: OTHER_SECRET, notBefore: time + HOUR },
      { secret: SECRET, expires: time + 48 * HOUR },
    ];
    const { browser: open, clock } = await boot(platform, {
      sessions: [
        { name: 'session', secret: planned },
        { name: 'cart', secret: planned },
        { name: 'login', secret: SECRET },
      ],
    });
    events.length = 0;
    lines.length = 0;
    const browser = open();
    await browser.post('/write', { total: 33 });
    clock.pass(HOUR);
    expect((await browser.get('/nothing')).setCookies).toEqual([]);
    expect(events).toEqual([]);

    for (let i = 0; i < 3; i++) await browser.get('/read');
    expect(events).toEqual([{ type: 'keys', sessions: ['session', 'cart'], keyIds: [OTHER_ID, ID] }]);
    expect(lines).toEqual([`log: Key ${OTHER_ID} seals the sessions: session, cart; ${ID} open, too`]);
    clock.pass(47 * HOUR);
    for (let i = 0; i < 3; i++) await browser.post('/write', { total: i });
    expect(eventsOf('keys').slice(1)).toEqual([
      { type: 'keys', sessions: ['session', 'cart'], keyIds: [OTHER_ID] },
    ]);
  });

  test('unintended times give one warning at start, in the name of the session that lives longest', async () => {
    const { time } = new Clock();
    const { browser: open, clock } = await boot(platform, {
      secret: [
        { secret: SECRET, expires: time + 24 * HOUR },
        { secret: OTHER_SECRET, notBefore: time + 48 * HOUR },
      ],
      sessions: [{ name: 'session' }, { name: 'cart', duration: '30 days' }],
    });

    expect(eventsOf('warning')).toEqual([
      {
        type: 'warning',
        session: 'cart',
        message:
          `Session "cart": no secret may seal from 2025-06-16T12:00Z, when key ${ID} expires, ` +
          `until 2025-06-17T12:00Z. ` +
          `Nothing can be stored then, and all visitors with a session of key ${ID} are logged out. ` +
          `Let key ${OTHER_ID} begin earlier, and let key ${ID} expire '30 days' after that.`,
      },
    ]);
    for (let i = 0; i < 3; i++, clock.pass(24 * HOUR)) await open().get('/read');
    expect(eventsOf('warning')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('warn: '))).toHaveLength(1);
  });

  test('a take-over repeats no warning that was given at start', async () => {
    const { time } = new Clock();
    const { browser: open, clock } = await boot(platform, {
      secret: [
        { secret: OTHER_SECRET, notBefore: time + HOUR },
        SECRET,
        { secret: OLD_SECRET, expires: time + 10 * HOUR },
      ],
    });
    expect(eventsOf('warning')).toHaveLength(1);
    clock.pass(HOUR);
    await open().post('/write', { total: 33 });

    expect(eventsOf('keys')).toHaveLength(2);
    expect(eventsOf('warning')).toHaveLength(1);
  });

  test('times of a list that comes later are warned of, too', async () => {
    const { time } = new Clock();
    const subject = new BehaviorSubject<SecretList>(SECRET);
    await boot(platform, { secret: subject });
    expect(eventsOf('warning')).toEqual([]);
    subject.next([SECRET, { secret: OTHER_SECRET, notBefore: time + HOUR }]);

    expect(eventsOf('warning')).toMatchObject([
      {
        message: expect.stringMatching(/^Session "session": key .* does not take over at 2025-06-15T13:00Z/),
      },
    ]);
  });

  test('when keys run out, writing fails loudly and reading still answers', async () => {
    const { time } = new Clock();
    const { browser: open, clock } = await boot(platform, {
      secret: { secret: SECRET, expires: time + HOUR },
    });
    const visitor = open();
    await visitor.post('/write', { total: 33 });
    clock.pass(HOUR);

    const written = await visitor.post('/write', { total: 34 });
    expect([written.status, written.json()]).toEqual([
      500,
      { statusCode: 500, message: 'Internal server error' },
    ]);
    expect((await visitor.post('/write-by-hand')).status).toBe(500);
    expect(eventsOf('lost')).toEqual([
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'ERR_NO_SEALING_KEY',
          message: expect.stringContaining(
            `: key ${ID} expired at 2025-06-15T13:00Z. Add a secret at the front`,
          ),
        }),
      }),
    ]);
    expect(eventsOf('keys').slice(1)).toEqual([
      { type: 'keys', sessions: ['session'], keyIds: [], isSealing: false },
    ]);
    for (const browser of [visitor, open()]) {
      const page = await browser.get('/read');
      expect([page.status, page.json()]).toEqual([200, {}]);
      expect((await browser.get('/nothing')).status).toBe(200);
    }
    expect((await visitor.get('/keys')).json()).toEqual([]);
  });

  test('between an end and a beginning visitors keep what they have, and re-sealing waits', async () => {
    const { time } = new Clock();
    const { browser: open, clock } = await boot(platform, {
      secret: [
        { secret: OLD_SECRET, expires: time + HOUR },
        { secret: SECRET, notBefore: time + 2 * HOUR },
      ],
    });
    const browser = open();
    browser.setCookie('session', sealedWith(SECRET, clock));
    clock.pass(HOUR);
    const page = await browser.get('/read');
    expect([page.status, page.json(), page.setCookies]).toEqual([200, { total: 33 }, []]);
    expect((await browser.post('/write', { total: 34 })).status).toBe(500);
    clock.pass(HOUR);

    expect((await browser.post('/write', { total: 34 })).json()).toEqual({ total: 34 });
    expect(keyIdOf(browser)).toBe(ID);
  });

  test('neither the application nor its providers show a secret', async () => {
    const { app } = await boot(platform, {
      secret: [SECRET, { secret: OTHER_SECRET, revoked: true }],
      legacy: { secret: OLD_SECRET, acceptUntil: '2100-01-01' },
    });
    const injected = app.get<ResolvedSessionOptions>(getSessionOptionsToken());
    const codec = createSessionCodec({ cookieName: 'session', secret: SECRET });

    for (const shown of [injected, codec]) {
      expect(
        leaksOf(SECRETS, inspect(shown, { depth: Infinity, showHidden: true }) + JSON.stringify(shown)),
      ).toEqual([]);
    }
  });
});

function sealedWith(
  secret: string,
  clock: Clock,
  name = 'session',
  content: Record<string, unknown> = { total: 33 },
): string {
  return createSessionCodec({ cookieName: name, secret, now: clock.now }).seal(content);
}

describe('clientSessions()', () => {
  test('lets requests wait for an async secret, and later ones no longer', async () => {
    const vault = new Subject<SecretList>();
    const attach = clientSessions({ cookieName: 'session', secret: () => firstValueFrom(vault) });
    const visit = () => {
      const request = new IncomingMessage(new Socket()) as IncomingMessage & { session?: object };
      const next = jest.fn();
      attach(request, new ServerResponse(request), next);
      return { request, next };
    };
    const early = [visit(), visit()];
    for (let i = 0; i < 5; i++) await settled();
    for (const { next } of early) expect(next).not.toHaveBeenCalled();

    vault.next(SECRET);
    await settled();
    for (const { request, next } of [...early, visit()]) {
      expect(next.mock.calls).toEqual([[]]);
      expect(request.session).toEqual({});
    }
  });

  test('hands the error of a secret that never came to every request, and the process stays', async () => {
    const handler = jest.fn();
    for (const secret of [() => Promise.reject(new Error('vault sealed')), EMPTY, of('short')]) {
      const browser = await serve(handler, { secret: secret as SecretOption });
      await settled();
      await settled();
      for (let i = 0; i < 2; i++) {
        const page = await browser.get('/');
        expect([page.status, page.text]).toEqual([
          500,
          expect.stringMatching(/secrets of "secret" could not be loaded: Error|Invalid option "secret"/),
        ]);
      }
    }
    expect(handler).not.toHaveBeenCalled();
  });

  test('keeps quiet about a secret that never came until somebody asks for a session', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    clientSessions({ secret: () => Promise.reject(new Error('vault sealed')) });
    for (let i = 0; i < 5; i++) await settled();
    process.off('unhandledRejection', unhandled);

    expect(unhandled).not.toHaveBeenCalled();
  });

  test('throws at once what is known at once', () => {
    expect(() => clientSessions({ secret: () => 'short' })).toThrow(/Generate one with/);
  });
});

describe('createSessionCodec()', () => {
  test('reads cookies of client-sessions, too, and says that they are out of date', () => {
    const text = ancestor.util.encode({ cookieName: 'session', secret: OLD_SECRET }, { n: 1 });
    const codec = createSessionCodec({ cookieName: 'session', secret: SECRET, legacy: LEGACY });

    expect(codec.unseal(text)).toMatchObject({ ok: true, content: { n: 1 }, stale: true });
    expect(describeHeader(codec.seal({ n: 1 }))?.keyId).toBe(ID);
  });

  test('takes what is at hand, and refuses to wait', () => {
    const subject = new BehaviorSubject<SecretList>(SECRET);
    const [codec, fetched] = [subject, () => OTHER_SECRET].map((secret) =>
      createSessionCodec({ name: 'a', secret }),
    );
    expect(describeHeader(codec!.seal({}))?.keyId).toBe(ID);
    subject.next(OTHER_SECRET);
    expect(describeHeader(codec!.seal({}))?.keyId).toBe(OTHER_ID);
    expect(fetched!.unseal(codec!.seal({ n: 1 }))).toMatchObject({ ok: true, content: { n: 1 } });

    const later = new Subject<SecretList>();
    for (const secret of [later, async () => SECRET]) {
      expect(() => createSessionCodec({ name: 'a', secret })).toThrow(
        /codec is synchronous\. Await the list/,
      );
    }
    expect(later.observed).toBe(false);
  });
});

const ancestors = new Set<Server>();

/** Real client-sessions 0.8.0 behind bare `node:http`, on the machine's clock. */
async function serveAncestor(options: object, now?: () => number): Promise<Browser> {
  const middleware = ancestor({ cookieName: 'session', ...options });
  const server = createServer((request, response) => {
    middleware(request, response, () => {
      const [, action = '', json = '{}'] = decodeURIComponent(request.url!).split('/');
      const session = (request as IncomingMessage & Record<string, any>)[
        (options as { cookieName?: string }).cookieName ?? 'session'
      ];
      const { ownDuration, ...content } = JSON.parse(json);
      // The other way round, client-sessions forgets the content of a new session.
      if (ownDuration) session.setDuration(ownDuration);
      if (action === 'write') Object.assign(session, content);
      response.end(JSON.stringify(session));
    });
  });
  ancestors.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Browser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, now);
}

const write = (browser: Browser, content: object) =>
  browser.get(`/write/${encodeURIComponent(JSON.stringify(content))}`);

/** The same visitor at another server. */
function moved(from: Browser, to: Browser): Browser {
  for (const [name, value] of from.jar()) to.setCookie(name, value);
  return to;
}

const CONTENT = { user: 42, name: 'Ada Ž', items: ['tea'] };
const LEGACY: LegacyOptions = { secret: OLD_SECRET, acceptUntil: '2100-01-01' };
const PAIR = {
  encryptionKey: ENCRYPTION_KEY,
  signatureKey: SIGNATURE_KEY,
  encryptionAlgorithm: 'aes128',
  signatureAlgorithm: 'sha256-drop128',
} as const;

describe.each(PLATFORMS)('cookies of client-sessions 0.8.0 (%s)', (platform) => {
  /** Ours, on the machine's clock plus a lead, as client-sessions knows no other. */
  async function bootBeside(given: Partial<ClientSessionsOptions>, lead: { ms: number } = { ms: 0 }) {
    const now = () => Date.now() + lead.ms;
    return boot(platform, { now, ...given });
  }

  const DURATION = 10 * MINUTE;
  test.each<[string, object, Partial<ClientSessionsOptions>, object, number]>([
    ['plain', {}, { legacy: LEGACY }, {}, DURATION],
    [
      'after setDuration()',
      {},
      { legacy: { ...LEGACY, duration: '10m' } },
      { ownDuration: 30 * MINUTE },
      30 * MINUTE,
    ],
    [
      'after setDuration(), limited by today where the former duration is unknown',
      {},
      { legacy: LEGACY },
      { ownDuration: 30 * MINUTE },
      DURATION,
    ],
    [
      'prolonged by activeDuration, so that its creation lies ahead',
      { activeDuration: DURATION + MINUTE },
      { activeDuration: DURATION + MINUTE, legacy: LEGACY },
      {},
      2 * DURATION + MINUTE,
    ],
    [
      'under a pair of keys and other algorithms',
      { secret: undefined, ...PAIR },
      { legacy: { ...PAIR, acceptUntil: '2100-01-01' } },
      {},
      DURATION,
    ],
  ])('%s: read, and sealed in format 1 on use', async (_title, theirs, ours, more, lifetime) => {
    const old = await serveAncestor({ secret: OLD_SECRET, duration: DURATION, activeDuration: 0, ...theirs });
    await write(old, { ...CONTENT, ...more });
    if ('activeDuration' in theirs) expect((await old.get('/read')).setCookies).toHaveLength(1);
    const browser = moved(old, (await bootBeside({ duration: DURATION, ...ours })).browser());
    expect(isLegacyText(browser.cookie('session')!)).toBe(true);
    expect((await browser.get('/nothing')).setCookies).toEqual([]);

    const page = await browser.get('/read');
    expect(page.json()).toEqual(CONTENT);
    expect(latestKeyIdOf(browser)).toBe(ID);
    const { createdAt, expiresAt } = (await browser.get('/info')).json<{
      createdAt: number;
      expiresAt: number;
    }>();
    expect(createdAt).toBeLessThanOrEqual(Date.now());
    expect(Math.abs(expiresAt - Date.now() - lifetime)).toBeLessThan(10 * SECOND);
    if (!('activeDuration' in ours)) expect((await browser.get('/read')).setCookies).toEqual([]);
    expect(eventsOf('refused')).toEqual([]);

    const { legacy: _, ...unaware } = ours;
    const kept = moved(browser, (await bootBeside({ duration: DURATION, ...unaware })).browser());
    expect((await kept.get('/read')).json()).toEqual(CONTENT);
    await browser.post('/write', { visits: 1 });
    expect([leftIn(browser), keyIdOf(browser)]).toEqual([['session'], ID]);
  });

  test('are not read unless that is asked for, nor under another secret', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET });
    await write(old, CONTENT);
    const reasons = [];
    for (const legacy of [undefined, { ...LEGACY, secret: OTHER_SECRET }]) {
      const browser = moved(old, (await bootBeside({ legacy })).browser());
      expect((await browser.get('/read')).json()).toEqual({});
      expect(browser.cookie('session')).toBe(old.cookie('session'));
      reasons.push(...eventsOf('refused').map((event) => (event as { reason: string }).reason));
      events.length = 0;
    }
    expect(reasons).toEqual(['malformed', 'forged']);
  });

  test('are written for legacy servers with write: true, and both sides go on with the same visitor', async () => {
    const options = { secret: OLD_SECRET, duration: DURATION };
    const old = await serveAncestor(options);
    const browser = (
      await bootBeside({ duration: DURATION, activeDuration: '5m', legacy: { ...LEGACY, write: true } })
    ).browser();
    await browser.post('/write', CONTENT);
    expect(isLegacyText(browser.cookie('session')!)).toBe(true);
    moved(browser, old);
    expect((await old.get('/read')).json()).toEqual(CONTENT);

    await write(old, { visits: 2 });
    moved(old, browser);
    const page = await browser.get('/read');
    expect([page.json(), page.setCookies]).toEqual([{ ...CONTENT, visits: 2 }, []]);
    await browser.post('/write', { visits: 3 });
    moved(browser, old);
    expect((await old.get('/read')).json()).toEqual({ ...CONTENT, visits: 3 });
  });

  test('keep with write: true what setDuration() gave them on either side', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET, duration: DURATION });
    await write(old, { ...CONTENT, ownDuration: 3 * DURATION });
    const legacy = { ...LEGACY, write: true };
    const browser = moved(old, (await bootBeside({ duration: DURATION, legacy })).browser());
    await browser.post('/write', { visits: 2 });
    const { expiresAt } = (await browser.get('/info')).json<{ expiresAt: number }>();

    expect(Math.abs(expiresAt - Date.now() - 3 * DURATION)).toBeLessThan(10 * SECOND);
    moved(browser, old);
    expect((await old.get('/read')).json()).toEqual({ ...CONTENT, visits: 2 });
  });

  test('of both formats are read in every phase, and the old one is written in the first only', async () => {
    const phases = [{ ...LEGACY, write: true }, LEGACY, undefined];
    const browsers = [];
    for (const legacy of phases) browsers.push((await bootBeside({ legacy })).browser());
    const [first, second, third] = browsers as [Browser, Browser, Browser];
    await first.post('/write', CONTENT);
    moved(first, second);
    expect((await second.get('/read')).json()).toEqual(CONTENT);
    expect(latestKeyIdOf(second)).toBe(ID);

    moved(second, third);
    moved(second, first);
    expect((await third.get('/read')).json()).toEqual(CONTENT);
    const back = await first.get('/read');
    expect(back.json()).toEqual(CONTENT);
    expect(eventsOf('refused')).toEqual([]);
  });

  test.each<[string, (time: number) => LegacyOptions['acceptUntil']]>([
    ['ms', (time) => time],
    ['a Date', (time) => new Date(time)],
    ['text', (time) => new Date(time).toISOString()],
  ])(
    'when acceptUntil, given as %s, has passed: refused, replaced with the next change, and no longer written',
    async (_title, spell) => {
      const old = await serveAncestor({ secret: OLD_SECRET });
      await write(old, CONTENT);
      const lead = { ms: 0 };
      const legacy = { ...LEGACY, acceptUntil: spell(Date.now() + HOUR) };
      const reader = moved(old, (await bootBeside({ legacy }, lead)).browser());
      const writer = (await bootBeside({ legacy: { ...legacy, write: true } }, lead)).browser();
      await writer.post('/write', CONTENT);
      expect(isLegacyText(writer.cookie('session')!)).toBe(true);
      lead.ms = HOUR;

      for (const browser of [reader, writer]) {
        const page = await browser.get('/read');
        expect(page.json()).toEqual({});
        expect(page.setCookies).toEqual([]);
        await browser.post('/write', { n: 1 });
        expect(keyIdOf(browser)).toBe(ID);
      }
      // Each was read, and then replaced.
      expect(eventsOf('refused')).toEqual(
        Array.from({ length: 4 }, () => ({ type: 'refused', session: 'session', reason: 'unknown-version' })),
      );
    },
  );

  test('after acceptUntil, one warning at start says that nothing reads them any more', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET });
    await write(old, CONTENT);
    const { browser: open } = await bootBeside({ legacy: { ...LEGACY, acceptUntil: '2026-01-01' } });

    expect((await moved(old, open()).get('/read')).json()).toEqual({});
    expect(eventsOf('warning')).toEqual([
      {
        type: 'warning',
        session: 'session',
        message: expect.stringMatching(
          new RegExp(
            '^Session "session": the legacy format is not read any more, because ' +
              'its "acceptUntil" was 2026-01-01T00:00Z\\. Visitors .* Remove "legacy"',
          ),
        ),
      },
    ]);
  });

  test('a weak old secret is accepted, with one warning for each session', async () => {
    const weak = 'geheim99';
    const old = await serveAncestor({ secret: weak });
    await write(old, CONTENT);
    const { browser: open } = await bootBeside({
      legacy: { ...LEGACY, secret: weak },
      sessions: [{ name: 'session' }, { name: 'cart', legacy: LEGACY }],
    });
    const browser = moved(old, open());
    for (let i = 0; i < 3; i++) expect((await browser.get('/read')).json()).toEqual(CONTENT);

    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn: Session "session": the secret of the legacy format is weak (must be at least 32 bytes long, has 8), ' +
        'and legacy cookies are only as safe as this secret. Choose an early "acceptUntil".',
    ]);
    expect(eventsOf('warning')).toHaveLength(1);
    expect(leaksOf([weak], lines.join())).toEqual([]);
  });

  test('under another name: read there, written here, and the old one is cleared', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET, cookieName: 'old' });
    await write(old, CONTENT);
    const { browser: open } = await bootBeside({ legacy: { ...LEGACY, cookieName: 'old' } });
    const browser = moved(old, open());
    const page = await browser.get('/read');

    expect(page.json()).toEqual(CONTENT);
    expect(namesOf(page.setCookies)).toEqual(['session.r']);
    expect(leftIn(browser)).toEqual(['old', 'session.r']);
    expect(namesOf((await browser.post('/write', { visits: 1 })).setCookies)).toEqual([
      'session',
      'session.r',
      'old',
    ]);
    expect(leftIn(browser)).toEqual(['session']);
    // The name is encrypted with the content: a cookie of another session does not open.
    const other = open();
    other.setCookie('session', old.cookie('old')!);
    expect((await other.get('/read')).json()).toEqual({});
  });

  test('shared by several sessions: each reads its own', async () => {
    const olds = [];
    for (const cookieName of ['session', 'cart']) {
      const old = await serveAncestor({ secret: OLD_SECRET, cookieName });
      await write(old, { of: cookieName });
      olds.push(old);
    }
    const Cart = defineSession<{ of?: string }>('cart', { legacy: { ...LEGACY, secret: OTHER_SECRET } });
    for (const [sessions, expected] of [
      [
        [{ name: 'session' }, { name: 'cart' }],
        [{ of: 'session' }, { of: 'cart' }],
      ],
      [
        [{ name: 'session' }, Cart],
        [{ of: 'session' }, {}],
      ],
    ] as const) {
      const visitor = await serve(
        (request, response) =>
          void response.end(JSON.stringify([getSession(request), getSession(request, 'cart')])),
        { ...optionsOf({ sessions, legacy: LEGACY }), cookieName: undefined },
      );
      for (const old of olds) moved(old, visitor);
      expect((await visitor.get('/')).json()).toEqual(expected);
    }
  });

  test('from overrides, where the secrets are configuration', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET });
    await write(old, CONTENT);
    const { browser } = await start(platform, {
      controllers: [VisitController],
      sessions: [
        ClientSessionsModule.forRootAsync({
          sessions: [{ name: 'session' }],
          useFactory: async () => ({ secret: SECRET, overrides: { session: { legacy: LEGACY } } }),
        }),
      ],
    });

    expect((await moved(old, browser()).get('/read')).json()).toEqual(CONTENT);
  });

  test.each<[string, object, RegExp]>([
    ['a weak old secret, but no end', { legacy: { secret: 'x' } }, /"legacy\.acceptUntil".*'2027-06-30'/],
    [
      'a key of the legacy format at the top',
      { encryptionKey: ENCRYPTION_KEY },
      /"encryptionKey".*inside "legacy"/,
    ],
  ])('%s stops the application at start', async (_title, options, message) => {
    const starting = boot(platform, options);

    await expect(starting).rejects.toThrow(InvalidOptionsError);
    await expect(starting).rejects.toThrow(message);
  });
});

describe('refused at start', () => {
  const withLegacy = (legacy: object, more: object = {}) => ({ legacy: { ...LEGACY, ...legacy }, ...more });
  const LATER = /^Change it in a later deployment, without "write"\.$/;
  const POINT = /^Give a Date, ms since epoch, or text/;
  test.each<[string, object, string, RegExp]>([
    ['no acceptUntil', { legacy: { secret: OLD_SECRET } }, 'legacy.acceptUntil', /^Give the day from which/],
    ...['30 days', NaN, null, new Date(NaN), true].map((acceptUntil): [string, object, string, RegExp] => [
      `acceptUntil: ${inspect(acceptUntil)}`,
      withLegacy({ acceptUntil }),
      'legacy.acceptUntil',
      POINT,
    ]),
    ...[
      1_800_000_000,
      '01.03.2027',
      'March 1, 2027',
      '2027-03-01T00:00:00',
      '2027-02-30',
      '1803859200000',
    ].map((acceptUntil): [string, object, string, RegExp] => [
      `acceptUntil: ${inspect(acceptUntil)}`,
      withLegacy({ acceptUntil }),
      'legacy.acceptUntil',
      /Give a Date, ms since epoch, or text such as '2027-01-31T00:00:00Z'\.$/,
    ]),
    ...['2020-01-01', new Date('2020-01-01')].map((acceptUntil): [string, object, string, RegExp] => [
      `acceptUntil of the past with write: ${inspect(acceptUntil)}`,
      withLegacy({ acceptUntil, write: true }),
      'legacy.acceptUntil',
      /^Give a day after the last deployment .*remove "write"/,
    ]),
    [
      'acceptUntil of this very moment with write',
      withLegacy(
        { acceptUntil: new Date(Date.UTC(2027, 0, 1)), write: true },
        { now: () => Date.UTC(2027, 0, 1) },
      ),
      'legacy.acceptUntil',
      /^Give a day after the last deployment/,
    ],
    [
      'a secret with a line end',
      { secret: `${SECRET}\r\n` },
      'secret',
      /^Remove it where you set or read the secret/,
    ],
    [
      'a secret in quotes',
      { secret: [OTHER_SECRET, `"${SECRET}"`] },
      'secret[1]',
      /^Remove quotes where you set it/,
    ],
    [
      'a secret with its name',
      { secret: { secret: `SECRET=${SECRET}` } },
      'secret.secret',
      /^Give only the part after the name/,
    ],
    [
      'two secrets in one text',
      { secret: () => `${SECRET},${OTHER_SECRET}` },
      'secret',
      /^Give them as a list/,
    ],
    [
      'a variable that is not set',
      { secret: [SECRET, process.env['NOT_SET_AT_ALL']] },
      'secret[1]',
      /^Give text of at least/,
    ],
    ['text as write', withLegacy({ write: 'yes' }), 'legacy.write', /^Use true or false/],
    [
      'an unknown option',
      withLegacy({ activeDuration: 5 }),
      'legacy.activeDuration',
      /^Use one of: secret, /,
    ],
    ['no legacy at all', { legacy: {} }, 'legacy.acceptUntil', /^Give the day/],
    [
      'no old secret',
      { legacy: { acceptUntil: 1 } },
      'legacy.secret',
      /^Give the secret, or the encryptionKey/,
    ],
    [
      'half a pair',
      { legacy: { encryptionKey: Buffer.alloc(32, 7), acceptUntil: 1 } },
      'legacy.signatureKey',
      /both keys/,
    ],
    [
      'text as a key',
      withLegacy({ encryptionKey: 'x'.repeat(32) }),
      'legacy.encryptionKey',
      /^Turn text into bytes first/,
    ],
    [
      'an unknown algorithm',
      withLegacy({ encryptionAlgorithm: 'aes512' }),
      'legacy.encryptionAlgorithm',
      /aes128/,
    ],
    ['a bad old name', withLegacy({ cookieName: 'a b' }), 'cookieName', /no spaces/],
    ['a bad old duration', withLegacy({ duration: 'long' }), 'legacy.duration', /'15m'/],
    ['write with another name', withLegacy({ write: true, cookieName: 'old' }), 'legacy.cookieName', LATER],
    [
      'write with a version',
      withLegacy({ write: true }, { version: 2, migrate: { 1: (o: object) => o } }),
      'version',
      LATER,
    ],
    ['write with an id', withLegacy({ write: true }, { id: true }), 'id', LATER],
    ['write with logins', withLegacy({ write: true }, { subject: () => 'ada' }), 'subject', LATER],
    ['write with idleness', withLegacy({ write: true }, { idleDuration: '1h' }), 'idleDuration', LATER],
    ['write with the structured codec', withLegacy({ write: true }, { codec: 'structured' }), 'codec', LATER],
    ['write with a codec of its own', withLegacy({ write: true }, { codec: JSON }), 'codec', LATER],
    ...['encryptionKey', 'signatureKey', 'encryptionAlgorithm', 'signatureAlgorithm'].flatMap(
      (option): [string, object, string, RegExp][] => {
        const remedy = /^Write it inside "legacy", because it belongs to the format of client-sessions\.$/;
        return [
          [`${option} at the top`, { [option]: 'x' }, option, remedy],
          [
            `${option} in a session`,
            { cookieName: undefined, sessions: [{ name: 'a', [option]: 'x' }] },
            `sessions[0].${option}`,
            remedy,
          ],
        ];
      },
    ),
    ['previousNames as text', { previousNames: 'old' }, 'previousNames', /^Give a list of names/],
    ['a bad previous name', { previousNames: ['a=b'] }, 'previousNames', /no "="/],
    [
      'the name in use as a previous one',
      { previousNames: ['a', 'session'] },
      'previousNames',
      /earlier names only/,
    ],
    ['a bad interval', { secret: () => SECRET, secretRefresh: 'often' }, 'secretRefresh', /'15m'/],
    [
      'a bad interval in the second session of one function',
      { cookieName: undefined, sessions: [{ name: 'a' }, { name: 'b', secretRefresh: -1 }] },
      'secretRefresh',
      /milliseconds/,
    ],
  ])('%s', (_title, options, option, remedy) => {
    let error: unknown;
    try {
      clientSessions({ secret: SECRET, cookieName: 'session', ...options } as ClientSessionsOptions);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(InvalidOptionsError);
    const refusal = error as InvalidOptionsError;
    expect(refusal).toMatchObject({ option, remedy: expect.stringMatching(remedy) });
    expect(refusal.message.endsWith(refusal.remedy)).toBe(true);
    expect(leaksOf(SECRETS, inspect(error))).toEqual([]);
  });

  const ONE_SESSION = /^Write it inside "sessions", at the one session that had this name\.$/;
  test.each<[string, object, object[], string]>([
    [
      'previousNames for all sessions',
      { previousNames: ['old'] },
      [{ name: 'a' }, { name: 'b' }],
      'previousNames',
    ],
    [
      'one previous name at two sessions',
      {},
      [
        { name: 'a', previousNames: ['x', 'old'] },
        { name: 'b', previousNames: ['old'] },
      ],
      'previousNames',
    ],
    [
      "another session's name of today",
      {},
      [{ name: 'a' }, { name: 'b', previousNames: ['a'] }],
      'previousNames',
    ],
    [
      'an old name for all sessions',
      { legacy: { ...LEGACY, cookieName: 'old' } },
      [{ name: 'a' }, { name: 'b' }],
      'legacy.cookieName',
    ],
    [
      "another session's previous name as the old one",
      {},
      [
        { name: 'a', previousNames: ['old'] },
        { name: 'b', legacy: { ...LEGACY, cookieName: 'old' } },
      ],
      'previousNames',
    ],
  ])('two sessions that would read one cookie: %s', (_title, shared, sessions, option) => {
    const act = () => clientSessions({ secret: SECRET, ...shared, sessions });

    expect(act).toThrow(InvalidOptionsError);
    expect(act).toThrow(expect.objectContaining({ option, remedy: expect.stringMatching(ONE_SESSION) }));
  });
});

describe.each(PLATFORMS)('earlier names of a cookie (%s)', (platform) => {
  const NAMES = { previousNames: ['basket', 'cart'] };

  test('are read, and with a change written under the name of today and cleared in the same response', async () => {
    const { browser: open, clock } = await boot(platform, {
      ...NAMES,
      cookie: { path: '/', sameSite: 'strict' },
    });
    for (const name of NAMES.previousNames) {
      const browser = open();
      browser.setCookie(name, sealedWith(SECRET, clock, name));
      expect((await browser.get('/nothing')).setCookies).toEqual([]);
      const read = await browser.get('/read');
      expect(read.json()).toEqual({ total: 33 });
      expect(read.setCookies).toEqual([
        expect.stringMatching(/^session\.r=[\w-]+; Path=\/; .*Max-Age=86400; HttpOnly; SameSite=Strict$/),
      ]);
      expect((await browser.get('/read')).setCookies).toEqual([]);
      const page = await browser.post('/write', { n: 1 });

      expect(page.json()).toEqual({ total: 33, n: 1 });
      const cleared = `Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; SameSite=Strict`;
      expect(page.setCookies).toEqual([
        expect.stringMatching(/^session=[\w-]+; Path=\/; .*Max-Age=86400; HttpOnly; SameSite=Strict$/),
        `session.r=; ${cleared}`,
        `${name}=; ${cleared}`,
      ]);
      expect(leftIn(browser)).toEqual(['session']);
      expect((await browser.get('/read')).setCookies).toEqual([]);
    }
  });

  test('are never written, and not cleared where the browser has none', async () => {
    const browser = (await boot(platform, NAMES)).browser();
    expect(namesOf((await browser.post('/write', { n: 1 })).setCookies)).toEqual(['session']);
    expect(namesOf((await browser.post('/logout')).setCookies)).toEqual(['session', 'session.x']);
  });

  test('a logout does not bring the session of an earlier name back', async () => {
    const { browser: open, clock } = await boot(platform, NAMES);
    const earlier = () => sealedWith(SECRET, clock, 'basket', { user: 'ada' });
    const [onlyOld, both] = [open(), open()];
    onlyOld.setCookie('basket', earlier());
    both.setCookie('session', sealedWith(SECRET, clock, 'session', { user: 'bob' }));
    both.setCookie('basket', earlier());
    both.setCookie('cart', sealedWith(SECRET, clock, 'cart', { user: 'eve' }));

    for (const browser of [onlyOld, both]) {
      const page = await browser.post('/logout');
      expect(page.setCookies.filter((header) => !isDeletion(header)).map(nameOf)).toEqual(['session.x']);
      expect(leftIn(browser)).toEqual(['session.x']);
      expect((await browser.get('/read')).json()).toEqual({});
    }
  });

  test('the name of today counts first, then the earlier ones in their order, and only what opens', async () => {
    const { browser: open, clock } = await boot(platform, NAMES);
    const read = async (cookies: Record<string, string>) => {
      const browser = open();
      for (const [name, value] of Object.entries(cookies)) browser.setCookie(name, value);
      const read = (await browser.get('/read')).json();
      const left = leftIn(browser);
      expect((await browser.post('/write', { n: 1 })).json()).toEqual({ ...(read as object), n: 1 });
      expect(leftIn(browser)).toEqual(['session']);
      return { read, left };
    };
    const sealed = (name: string) => sealedWith(SECRET, clock, name, { from: name });
    const [session, basket, cart] = [sealed('session'), sealed('basket'), sealed('cart')] as const;

    // What opens under the name of today needs no writing, so that the others wait for the next change.
    expect(await read({ cart, basket, session })).toEqual({
      read: { from: 'session' },
      left: ['basket', 'cart', 'session'],
    });
    expect(await read({ cart, basket })).toEqual({
      read: { from: 'basket' },
      left: ['basket', 'cart', 'session.r'],
    });
    expect(await read({ cart, basket: 'rubbish' })).toEqual({
      read: { from: 'cart' },
      left: ['basket', 'cart', 'session.r'],
    });
    expect(await read({ cart, session: 'rubbish' })).toEqual({
      read: { from: 'cart' },
      left: ['cart', 'session', 'session.r'],
    });
    // A name is part of what is sealed: under another one nothing opens.
    expect(await read({ basket: cart })).toEqual({ read: {}, left: ['basket'] });
  });

  test('together with another name of the legacy format', async () => {
    const old = await serveAncestor({ secret: OLD_SECRET, cookieName: 'old' });
    await write(old, CONTENT);
    const clock = new Clock();
    clock.time = Date.now() + 1_000;
    const { browser: open } = await boot(platform, {
      now: clock.now,
      previousNames: ['basket', 'old'],
      legacy: { ...LEGACY, cookieName: 'old' },
    });
    const cookies: readonly [string, string, object][] = [
      ['old', old.cookie('old')!, CONTENT],
      ['old', sealedWith(SECRET, clock, 'old'), { total: 33 }],
      ['basket', sealedWith(SECRET, clock, 'basket'), { total: 33 }],
    ];
    for (const [name, value, content] of cookies) {
      const browser = open();
      browser.setCookie(name, value);
      const page = await browser.get('/read');
      expect([page.json(), namesOf(page.setCookies)]).toEqual([content, ['session.r']]);
      await browser.post('/write', { n: 1 });
      expect((await browser.get('/read')).json()).toEqual({ ...content, n: 1 });
      expect(leftIn(browser)).toEqual(['session']);
    }
    const browser = open();
    for (const [name, value] of cookies) browser.setCookie(name, value);
    // The legacy cookie was written before the sealed one.
    browser.setCookie('old', old.cookie('old')!);
    expect((await browser.get('/read')).json()).toEqual({ total: 33 });
    await browser.post('/write', { n: 1 });
    expect(leftIn(browser)).toEqual(['session']);
    // Of the legacy format under an earlier name that it never had: not even tried.
    const other = await serveAncestor({ secret: OLD_SECRET, cookieName: 'basket' });
    await write(other, CONTENT);
    const stray = open();
    stray.setCookie('basket', other.cookie('basket')!);
    expect((await stray.get('/read')).json()).toEqual({});
  });

  test('of several sessions, each its own, also where a list stood for all but one', async () => {
    const { clock, browser: open } = await boot(platform, {
      previousNames: undefined,
      sessions: [
        { name: 'session', previousNames: ['old'] },
        { name: 'cart', previousNames: [] },
      ],
      overrides: { cart: { previousNames: ['basket'] } },
    });
    const browser = open();
    browser.setCookie('old', sealedWith(SECRET, clock, 'old'));
    browser.setCookie('basket', sealedWith(SECRET, clock, 'basket'));

    expect((await browser.get('/read')).json()).toEqual({ total: 33 });
    expect(leftIn(browser)).toEqual(['basket', 'old', 'session.r']);
    await browser.post('/write', { n: 1 });
    expect(leftIn(browser)).toEqual(['basket', 'session']);
  });

  test('a rolling deployment that renames the cookie loses nobody, if legacy servers know the new name', async () => {
    const clock = new Clock();
    const old = { now: clock.now, previousNames: ['__Host-session'] };
    const servers = [];
    for (const options of [
      old,
      { ...old, cookieName: '__Host-session', cookie: { secure: true }, previousNames: ['session'] },
    ]) {
      servers.push((await boot(platform, options)).browser(clock.now));
    }
    const [before, after] = servers as [Browser, Browser];
    await before.post('/write', { visits: 0 });
    let visitor = before;
    for (let visits = 1; visits <= 6; visits++) {
      const next = visits % 3 === 0 ? visitor : visitor === before ? after : before;
      if (next !== visitor) next.clear();
      visitor = moved(visitor, next);
      expect((await visitor.get('/read')).json()).toEqual({ visits: visits - 1 });
      await visitor.post('/write', { visits });
      expect(visitor.jar().map(([name]) => name)).toEqual([
        visitor === before ? 'session' : '__Host-session',
      ]);
    }
    expect(eventsOf('refused')).toEqual([]);
  });

  test('an application is not affected by what happens to the list afterwards', async () => {
    const previousNames = ['old'];
    const { clock, browser: open } = await boot(platform, { previousNames });
    previousNames[0] = 'other';
    const browser = open();
    browser.setCookie('old', sealedWith(SECRET, clock, 'old'));

    expect((await browser.get('/read')).json()).toEqual({ total: 33 });
  });

  test('an expired session of an earlier name is refused, and cleared with the next change', async () => {
    const { clock, browser: open } = await boot(platform, NAMES);
    const browser = open(() => 0);
    browser.setCookie('basket', sealedWith(SECRET, clock, 'basket'));
    clock.pass(DAY);
    const read = await browser.get('/read');
    expect([read.json(), read.setCookies]).toEqual([{}, []]);

    const { setCookies } = await browser.post('/write', { n: 1 });
    expect(namesOf(setCookies)).toEqual(['session', 'basket']);
    expect(setCookies.map(isDeletion)).toEqual([false, true]);
  });
});
