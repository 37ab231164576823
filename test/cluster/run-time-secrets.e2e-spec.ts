import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import ancestor from 'client-sessions';
import { BehaviorSubject, Observable, Subject } from 'rxjs';
import {
  type ClientSessionsModuleOptions,
  createSessionCodec,
  type SecretList,
  type SecretOption,
  type SessionEvent,
} from '../../lib/index.js';
import type { Browser } from '../support/browser.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';
import { VisitController } from './worker/nest.js';
import type { Visit } from './worker/visit.js';

/** The secret of the first days has leaked. */
const LEAKED: SecretList = [OTHER_SECRET, { secret: SECRET, revoked: true }];
const [ID, OTHER_ID] = [SECRET, OTHER_SECRET].map((secret) => keyIdOf(codecOf(secret).seal({})));

function codecOf(secret: string) {
  return createSessionCodec({ cookieName: 'session', secret });
}

function keyIdOf(cookie: string | undefined): string {
  return Buffer.from(cookie!, 'base64url').toString('hex', 1, 5);
}

afterEach(async () => {
  await stopAll();
  stopServers();
  jest.restoreAllMocks();
});

describe.each(PLATFORMS)('while an application on %s runs', (platform) => {
  /** An application with a clock to turn, one visitor, and what was reported. */
  async function open(options: Partial<ClientSessionsModuleOptions>) {
    const clock = new Clock();
    const events: SessionEvent[] = [];
    const application = await start(platform, {
      controllers: [VisitController],
      options: { cookieName: 'session', now: clock.now, onEvent: (event) => events.push(event), ...options },
    });
    const visitor = application.browser();
    await enter(visitor, 1);
    return { application, clock, events, visitor };
  }

  async function enter(visitor: Browser, number: number): Promise<void> {
    expect((await visitor.post(`/enter/${number}`)).json()).toEqual({ visitor: number, visits: 1 });
  }

  async function count(visitor: Browser): Promise<Visit> {
    return (await visitor.post('/count')).json();
  }

  async function expectRefused(visitor: Browser, events: SessionEvent[], reason: string): Promise<void> {
    expect(await count(visitor)).toEqual({});
    expect(events.at(-1)).toEqual({ type: 'refused', session: 'session', reason });
  }

  test('a function has revoked a key: its cookies are refused from the request that asks it again', async () => {
    let secrets: SecretList = [SECRET, OTHER_SECRET];
    const { clock, events, visitor } = await open({ secret: () => secrets, secretRefresh: '5 minutes' });
    secrets = LEAKED;
    clock.pass(5 * MINUTE - 1);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    expect(events).toEqual([{ type: 'keys', sessions: ['session'], keyIds: [ID, OTHER_ID] }]);

    clock.pass(1);
    await expectRefused(visitor, events, 'revoked');
    expect(events.slice(1, -1)).toEqual([{ type: 'keys', sessions: ['session'], keyIds: [OTHER_ID] }]);
    await enter(visitor, 1);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
  });

  test('a function answers later: nobody waits for it, and its answer counts from the next request', async () => {
    let answer: (secrets: SecretList) => void = () => undefined;
    let asked = 0;
    const secret = async (): Promise<SecretList> =>
      asked++ === 0 ? SECRET : new Promise<SecretList>((resolve) => (answer = resolve));
    const { clock, events, visitor } = await open({ secret, secretRefresh: '5 minutes' });
    clock.pass(5 * MINUTE);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 3 });
    expect(asked).toBe(2);

    answer(LEAKED);
    await expectRefused(visitor, events, 'revoked');
  });

  test('an Observable delivers a list: it counts from the next request', async () => {
    const secret = new BehaviorSubject<SecretList>([SECRET, OTHER_SECRET]);
    const { events, visitor } = await open({ secret });
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    secret.next(LEAKED);
    await expectRefused(visitor, events, 'revoked');
  });

  test('an Observable lets the start wait for its first list, and is left alone after the end', async () => {
    const lists = new Subject<SecretList>();
    let subscribed: () => void;
    const subscription = new Promise<void>((resolve) => (subscribed = resolve));
    const secret = new Observable<SecretList>((subscriber) => {
      const inner = lists.subscribe(subscriber);
      subscribed();
      return inner;
    });
    let isOpen = false;
    const opening = open({ secret }).then((opened) => ((isOpen = true), opened));
    await subscription;
    expect(isOpen).toBe(false);
    lists.next(SECRET);
    const { application, visitor } = await opening;
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    await application.close();
    expect(lists.observed).toBe(false);
  });

  test.each<[string, () => SecretList | Promise<SecretList>]>([
    [
      'throws',
      () => {
        throw new Error('the vault is sealed');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the vault is sealed'))],
    ['has an empty list', () => []],
    ['has a short secret', async () => ['short']],
  ])('a function that %s keeps the keys in force, says so, and is asked again', async (_title, fail) => {
    let secrets: () => SecretList | Promise<SecretList> = () => SECRET;
    const { clock, events, visitor } = await open({ secret: () => secrets(), secretRefresh: '5 minutes' });
    secrets = fail;
    clock.pass(5 * MINUTE);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 3 });
    expect(events.slice(1)).toEqual([
      { type: 'keys-failed', sessions: ['session'], error: expect.any(Error) },
    ]);

    secrets = () => LEAKED;
    clock.pass(5 * MINUTE);
    await expectRefused(visitor, events, 'revoked');
  });

  test.each<[string, SecretList, boolean]>([
    ['alone', [{ secret: SECRET, revoked: true }], true],
    ['beside a mistake', [{ secret: SECRET, revoked: true }, 'short'], false],
  ])(
    'a key that is revoked %s: nothing opens, nothing is stored, and no cookie is touched',
    async (_title, list, isUsable) => {
      const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      let secrets: SecretList = SECRET;
      const { clock, events, visitor } = await open({ secret: () => secrets, secretRefresh: '5 minutes' });
      const cookie = visitor.cookie('session');
      secrets = list;
      clock.pass(5 * MINUTE);
      await expectRefused(visitor, events, 'revoked');

      const page = await visitor.post('/enter/2');
      expect([page.status, page.setCookies, visitor.cookie('session')]).toEqual([500, [], cookie]);
      expect(events.filter(({ type }) => type.startsWith('keys')).slice(1)).toMatchObject([
        { type: 'keys', keyIds: [], isSealing: false },
        ...(isUsable ? [] : [{ type: 'keys-failed', error: { option: 'secret[1]' } }]),
      ]);
      expect(error.mock.calls.flat().join()).toContain(
        'No key may seal sessions session, so that nothing can be stored',
      );

      secrets = LEAKED;
      clock.pass(5 * MINUTE);
      await enter(visitor, 3);
      expect(keyIdOf(visitor.cookie('session'))).toBe(OTHER_ID);
    },
  );

  test('a reader whose cookie cannot be sealed anew, as no key may seal, is told nothing of it', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let secrets: SecretList = SECRET;
    const { clock, events, visitor } = await open({
      secret: () => secrets,
      secretRefresh: '5 minutes',
      activeDuration: '1 day',
    });
    secrets = [{ secret: SECRET, notBefore: '2100-01-01' }];
    clock.pass(5 * MINUTE);
    const page = await visitor.get('/look');
    expect([page.status, page.setCookies]).toEqual([200, []]);
    expect(events.filter(({ type }) => type === 'lost')).toEqual([]);
    expect(error).toHaveBeenCalledTimes(1);
  });

  test('an Observable that delivers nonsense, or fails for good, keeps the keys in force and says so', async () => {
    const secret = new BehaviorSubject<SecretList>(SECRET);
    const { events, visitor } = await open({ secret });
    secret.next([]);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    secret.next([OTHER_SECRET, SECRET]);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 3 });
    expect(keyIdOf(visitor.cookie('session'))).toBe(OTHER_ID);
    secret.error(new Error('connection lost'));
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 4 });
    expect(events.map(({ type }) => type)).toEqual(['keys', 'keys-failed', 'keys', 'keys-failed']);
  });

  test('a planned rotation happens by itself: whoever comes in between stays', async () => {
    const { time } = new Clock();
    const [change, end] = [time + HOUR, time + 3 * HOUR];
    const { application, clock, events, visitor } = await open({
      secret: [
        { secret: OTHER_SECRET, notBefore: change },
        { secret: SECRET, expires: end },
      ],
    });
    const absent = application.browser();
    await enter(absent, 2);
    clock.pass(HOUR - 1);
    await visitor.get('/look');
    expect(keyIdOf(visitor.cookie('session'))).toBe(ID);

    clock.pass(1);
    await visitor.get('/look');
    expect(keyIdOf(visitor.cookie('session.r'))).toBe(OTHER_ID);
    clock.pass(2 * HOUR);
    expect(await count(visitor)).toEqual({ visitor: 1, visits: 2 });
    await expectRefused(absent, events, 'unknown-key');
  });

  test.each([
    ['is read', false],
    ['is read and written', true],
  ])('the legacy format %s until acceptUntil, and not any more from then on', async (_title, write) => {
    const oldSecret = 'as short as it was then';
    const { time } = new Clock();
    const options: Partial<ClientSessionsModuleOptions> = {
      legacy: { secret: oldSecret, acceptUntil: time + HOUR, write },
    };
    const { application, clock, events } = await open(options);
    const [early, late] = [application.browser(), application.browser()];
    for (const [i, browser] of [early, late].entries()) {
      const visit: Visit = { visitor: i + 2, visits: 7 };
      const cookie = { cookieName: 'session', secret: oldSecret };
      browser.setCookie('session', ancestor.util.encode(cookie, visit, 86_400_000, time));
    }
    clock.pass(HOUR - 1);
    expect(await count(early)).toEqual({ visitor: 2, visits: 8 });
    expect(early.cookie('session')!.split('.')).toHaveLength(write ? 5 : 1);

    clock.pass(1);
    await expectRefused(late, events, 'unknown-version');
    await enter(late, 3);
    expect(late.cookie('session')!.split('.')).toHaveLength(1);
    if (write) await expectRefused(early, events, 'unknown-version');
    else expect(await count(early)).toEqual({ visitor: 2, visits: 9 });
  });
});

describe('what is logged of secrets that could not be loaded', () => {
  test.each<[string, () => SecretOption, RegExp]>([
    [
      'the fault of whoever fetches them',
      () => {
        throw new Error('connect ECONNREFUSED 127.0.0.1:8200');
      },
      /of sessions session could not be loaded, the last ones stay in force: Error$/m,
    ],
    [
      'no word of a file that was to be JSON',
      () => JSON.parse(OTHER_SECRET) as SecretOption,
      /the last ones stay in force: SyntaxError/,
    ],
    [
      'no word of a list with a fault',
      () => [SECRET, OTHER_SECRET, SECRET],
      /the last ones stay in force: InvalidOptionsError: .*secret\[2\]/,
    ],
  ])('%s', async (_title, fail, expected) => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    let isBroken = false;
    const secret = (): SecretList => (isBroken ? (fail() as SecretList) : SECRET);
    const browser = await serve((request) => void (request['session'].seen = true), {
      secret,
      secretRefresh: 0,
    });
    await browser.get('/');
    isBroken = true;
    await browser.get('/');
    expect(browser.cookie('session')).toBeDefined();
    const logged = log.mock.calls.join('\n');
    expect(logged).toMatch(expected);
    expect(leaksOf([SECRET, OTHER_SECRET], logged)).toEqual([]);
  });
});
