import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import {
  BehaviorSubject,
  EMPTY,
  from,
  ignoreElements,
  NEVER,
  of,
  ReplaySubject,
  Subject,
  throwError,
} from 'rxjs';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { NoSealingKeyError } from '../../lib/errors/no-sealing-key.error.js';
import { SecretsUnavailableError } from '../../lib/errors/secrets-unavailable.error.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import { type SecretOption, SecretSource } from '../../lib/sealing/secret-source.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';

const THIRD_SECRET = 'Hn6_tVxQ2-bLs9YkRw4Ez7McJf0PuDg3Ai8';
const SECRETS = [SECRET, OTHER_SECRET, THIRD_SECRET];
const idOf = (secret: SecretList) => new KeyRing(secret, 'secret').ids.join();
const [FIRST, SECOND, THIRD] = SECRETS.map(idOf) as [string, string, string];

/** A source, a clock that the test can move, and everything that its watcher was told. */
class Watched {
  readonly clock = new Clock();
  readonly source: SecretSource;
  readonly rings: string[] = [];
  readonly failures: unknown[] = [];

  constructor(secret: SecretOption, refresh = 5 * MINUTE) {
    this.source = new SecretSource(secret, { option: 'secret', refresh, now: this.clock.now });
    this.source.watch({
      ring: (ring) => this.rings.push(ring.ids.join()),
      failure: (error) => this.failures.push(error),
    });
  }

  /** Ids of the ring in force. */
  get ids(): string {
    return this.source.ring.ids.join();
  }
}

/** A secret function whose calls the test answers one by one. */
class Vault {
  readonly calls: { resolve: (secrets: SecretList) => void; reject: (error: unknown) => void }[] = [];

  readonly fetch = (): Promise<SecretList> =>
    new Promise((resolve, reject) => this.calls.push({ resolve, reject }));

  async answer(secrets: SecretList): Promise<void> {
    this.calls.at(-1)!.resolve(secrets);
    await settled();
  }

  async fail(error: unknown): Promise<void> {
    this.calls.at(-1)!.reject(error);
    await settled();
  }
}

/** Waits until all pending promise callbacks have run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Returns the result of a promise, or 'pending'. */
async function outcomeOf(promise: Promise<void> | undefined): Promise<unknown> {
  if (!promise) return 'none';
  await settled();
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => error,
    ),
    settled().then(() => 'pending'),
  ]);
}

const BAD_LISTS: readonly [title: string, list: unknown, option: string, remedy: RegExp][] = [
  ['nothing', undefined, 'secret', /^Give text of at least 32 bytes/],
  ['an empty list', [], 'secret', /^Give at least one secret/],
  ['a weak secret', ['short'], 'secret', /^Generate one with/],
  ['one secret twice', [SECRET, SECRET], 'secret[1]', /^List every secret once/],
];

/** These lists are refused at start only. They are accepted while an application runs. */
const IDLE_LISTS: typeof BAD_LISTS = [
  ['none that may seal', [{ secret: SECRET, revoked: true }], 'secret', /^Add a secret that may seal/],
  [
    'none that is not over',
    { secret: SECRET, expires: '2020-01-01' },
    'secret',
    /^Add a secret that may seal/,
  ],
  [
    'none that has begun',
    [{ secret: SECRET, notBefore: '2100-01-01' }],
    'secret',
    /^Add a secret that may seal/,
  ],
];

/** Matches a failure with this name and code of the original error. */
const told = (reason: string) => expect.objectContaining({ code: 'ERR_SECRETS_UNAVAILABLE', reason });

describe('secrets at hand', () => {
  test('are there at once and stay', () => {
    const watched = new Watched([SECRET, OTHER_SECRET]);
    const { ring } = watched.source;
    watched.clock.pass(1000 * HOUR);

    expect(watched.source.ready).toBeUndefined();
    expect(watched.source.ring).toBe(ring);
    expect(watched.ids).toBe(`${FIRST},${SECOND}`);
    expect(watched.rings).toEqual([]);
  });

  test.each([...BAD_LISTS, ...IDLE_LISTS])('%s is refused at once', (_title, list, option, remedy) => {
    const act = () => new Watched(list as SecretOption);

    expect(act).toThrow(InvalidOptionsError);
    expect(act).toThrow(expect.objectContaining({ option, remedy: expect.stringMatching(remedy) }));
  });

  test('are judged by the clock that was given', () => {
    const { clock } = new Watched(SECRET);

    expect(() => new Watched({ secret: SECRET, expires: clock.time })).toThrow(/may seal now/);
    expect(new Watched({ secret: SECRET, expires: clock.time + 1 }).ids).toBe(FIRST);
  });
});

test.each<[string, SecretOption, boolean]>([
  ['text', SECRET, true],
  ['a list', [SECRET, { secret: OTHER_SECRET, expires: '2100-01-01' }], true],
  ['a function', () => SECRET, false],
  ['a stream', of(SECRET), false],
])('whether secrets can change: %s', (_title, secret, isFixed) => {
  expect(new Watched(secret).source.isFixed).toBe(isFixed);
});

describe('a function that answers at once', () => {
  test('is asked at start and when its list is as old as the interval, and what is new counts at once', () => {
    const answers = [SECRET, SECRET, [OTHER_SECRET, SECRET]];
    let asked = 0;
    const watched = new Watched(() => answers[asked++]!);
    expect([watched.source.ready, watched.ids, asked]).toEqual([undefined, FIRST, 1]);

    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, asked]).toEqual([FIRST, 1]);
    watched.clock.pass(1);
    expect([watched.ids, asked]).toEqual([FIRST, 2]);
    expect(watched.rings).toEqual([]);

    watched.clock.pass(5 * MINUTE);
    expect([watched.ids, asked]).toEqual([`${SECOND},${FIRST}`, 3]);
    expect(watched.rings).toEqual([`${SECOND},${FIRST}`]);
  });

  test('is not asked by time alone: nobody needs keys, nobody fetches them', () => {
    let asked = 0;
    const { clock } = new Watched(() => (asked++, SECRET));
    clock.pass(100 * HOUR);

    expect(asked).toBe(1);
  });

  test('keeps the ring itself when the list says the same in another way', () => {
    const watched = new Watched(() => [{ secret: Buffer.from(SECRET), revoked: false }, OTHER_SECRET], 0);
    const { ring } = watched.source;

    expect(watched.source.ring).toBe(ring);
    expect(watched.rings).toEqual([]);
  });

  test.each<[string, SecretList]>([
    ['another order', [OTHER_SECRET, SECRET]],
    ['one less', SECRET],
    ['one more', [SECRET, OTHER_SECRET, THIRD_SECRET]],
    ['an expiry', [SECRET, { secret: OTHER_SECRET, expires: '2100-01-01' }]],
    ['a time to begin', [SECRET, { secret: OTHER_SECRET, notBefore: '2100-01-01' }]],
    ['a time that has come', [{ secret: SECRET, notBefore: '2020-01-01' }, OTHER_SECRET]],
    ['a leak', [SECRET, { secret: OTHER_SECRET, revoked: true }]],
  ])('tells watchers of %s', (_title, list) => {
    let answer: SecretList = [SECRET, OTHER_SECRET];
    const watched = new Watched(() => answer, 0);
    answer = list;

    expect(watched.source.ring.ids).toHaveLength(new KeyRing(list, 'secret').ids.length);
    expect(watched.rings).toHaveLength(1);
  });

  test('stops the start when it throws or has a bad list', () => {
    const fault = new Error('no such file');
    const act = () =>
      new Watched(() => {
        throw fault;
      });

    expect(act).toThrow(told('Error'));
    expect(() => new Watched(() => 'short')).toThrow(InvalidOptionsError);
  });

  test('that throws later: the ring stays, watchers are told, and it is asked again after the interval', () => {
    let answer: () => SecretList = () => SECRET;
    const watched = new Watched(() => answer());
    const fault = new Error('sealed vault');
    answer = () => {
      throw fault;
    };

    watched.clock.pass(5 * MINUTE);
    expect([watched.ids, watched.failures]).toEqual([FIRST, [told('Error')]]);
    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, watched.failures]).toEqual([FIRST, [told('Error')]]);
    answer = () => OTHER_SECRET;
    watched.clock.pass(1);
    expect([watched.ids, watched.failures]).toEqual([SECOND, [told('Error')]]);
    expect(watched.rings).toEqual([SECOND]);
  });

  test.each(BAD_LISTS)('with %s later: the ring stays, watchers are told', (_title, list, option) => {
    let answer = SECRET as SecretList;
    const watched = new Watched(() => answer, 0);
    answer = list as SecretList;

    expect(watched.ids).toBe(FIRST);
    expect(watched.rings).toEqual([]);
    expect(watched.failures[0]).toBeInstanceOf(InvalidOptionsError);
    expect(watched.failures[0]).toMatchObject({ option });
  });
});

describe('a function that answers later', () => {
  test('before the answer there is no ring, and an error says what to await; afterwards there is one', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    expect(() => watched.source.ring).toThrow(
      'Invalid option "secret": the first list of secrets has not arrived yet. Wait for it before you serve requests.',
    );
    expect(await outcomeOf(watched.source.ready)).toBe('pending');

    await vault.answer(SECRET);
    expect(await outcomeOf(watched.source.ready)).toBe('resolved');
    expect([watched.ids, watched.rings]).toEqual([FIRST, [FIRST]]);
    expect(vault.calls).toHaveLength(1);
  });

  test('waiting long for the first answer asks no second time', () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    watched.clock.pass(HOUR);

    expect(() => watched.source.ring).toThrow(/has not arrived/);
    expect(vault.calls).toHaveLength(1);
  });

  test('ready rejects with the error of the function, and nobody has to listen', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    const fault = new Error('permission denied');
    await vault.fail(fault);
    await settled();
    process.off('unhandledRejection', listener);

    expect(unhandled).toEqual([]);
    expect(await outcomeOf(watched.source.ready)).toEqual(told('Error'));
    expect(() => watched.source.ring).toThrow(/has not arrived/);
    expect(watched.failures).toEqual([]);
  });

  test.each([...BAD_LISTS, ...IDLE_LISTS])(
    '%s rejects ready with the remedy',
    async (_title, list, option, remedy) => {
      const watched = new Watched(async () => list as SecretList);
      const error = await outcomeOf(watched.source.ready);

      expect(error).toBeInstanceOf(InvalidOptionsError);
      expect(error).toMatchObject({ option, remedy: expect.stringMatching(remedy) });
    },
  );

  test('requests go on with the old ring while the new one is fetched, once', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    await vault.answer(SECRET);
    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 1]);

    watched.clock.pass(1);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 2]);
    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, watched.ids, vault.calls.length]).toEqual([FIRST, FIRST, 2]);

    await vault.answer([OTHER_SECRET, SECRET]);
    expect(watched.rings).toEqual([FIRST, `${SECOND},${FIRST}`]);
    watched.clock.pass(1);
    expect([watched.ids, vault.calls.length]).toEqual([`${SECOND},${FIRST}`, 3]);
  });

  test.each([0, 1_000, 5 * MINUTE])(
    'one that never answers is asked again, with an interval of %i ms, and answers that were overtaken count no more',
    async (refresh) => {
      const vault = new Vault();
      const watched = new Watched(vault.fetch, refresh);
      await vault.answer(SECRET);
      watched.clock.pass(refresh);
      expect([watched.ids, vault.calls.length]).toEqual([FIRST, 2]);
      const patience = Math.max(refresh, MINUTE);
      watched.clock.pass(patience - 1);
      expect([watched.ids, vault.calls.length]).toEqual([FIRST, 2]);
      watched.clock.pass(1);
      expect([watched.ids, vault.calls.length]).toEqual([FIRST, 3]);

      await vault.answer([OTHER_SECRET, { secret: SECRET, revoked: true }]);
      vault.calls[1]!.resolve(SECRET);
      await settled();
      expect([watched.rings, watched.failures]).toEqual([[FIRST, `${SECOND},${FIRST}`], []]);
      expect(watched.source.ring.idsInForce(watched.clock.time)).toEqual([SECOND]);
    },
  );

  test('an answer that comes late does not end the wait for a later one', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch, 1_000);
    await vault.answer(SECRET);
    for (const wait of [1_000, MINUTE]) {
      watched.clock.pass(wait);
      void watched.source.ring;
    }
    expect(vault.calls).toHaveLength(3);
    vault.calls[1]!.resolve(SECRET);
    await settled();
    watched.clock.pass(1_000);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 3]);
  });

  test('a failure that was overtaken by a list is no news', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    await vault.answer(SECRET);
    for (const wait of [5 * MINUTE, 5 * MINUTE]) {
      watched.clock.pass(wait);
      void watched.source.ring;
    }
    await vault.answer(OTHER_SECRET);
    vault.calls[1]!.reject(new Error('timeout'));
    await settled();

    expect([vault.calls.length, watched.ids, watched.failures]).toEqual([3, SECOND, []]);
  });

  test('a list that cannot be used, but revokes, is not overtaken by an older one', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    await vault.answer([SECRET, OTHER_SECRET]);
    for (const wait of [5 * MINUTE, 5 * MINUTE]) {
      watched.clock.pass(wait);
      void watched.source.ring;
    }
    await vault.answer([{ secret: SECRET, revoked: true }, 'short']);
    vault.calls[1]!.resolve([SECRET, OTHER_SECRET]);
    await settled();

    expect(watched.source.ring.idsInForce(watched.clock.time)).toEqual([SECOND]);
  });

  test.each<[string, () => SecretList | Promise<SecretList>]>([
    ['at once', () => []],
    ['later', async () => []],
  ])('whoever asks for keys when they fail %s has them fetched no second time', async (_title, fail) => {
    let answer: () => SecretList | Promise<SecretList> = () => SECRET;
    const fetch = jest.fn(() => answer());
    const source = new SecretSource(fetch, { option: 'secret', refresh: 0, now: new Clock().now });
    source.watch({ ring: () => undefined, failure: () => void source.ring });
    // Without a limit an endless loop would block the test.
    answer = () => (fetch.mock.calls.length < 10 ? fail() : SECRET);
    void source.ring;
    for (let i = 0; i < 5; i++) await settled();

    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('a function that uses sessions itself is asked once', () => {
    const fetch = jest.fn((): SecretList => {
      if (fetch.mock.calls.length > 1) void source.ring;
      return SECRET;
    });
    const source = new SecretSource(fetch, { option: 'secret', refresh: 0, now: new Clock().now });
    void source.ring;

    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('a clock that is set back stops no asking', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    await vault.answer(SECRET);
    watched.clock.pass(-365 * 24 * HOUR);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 2]);
  });

  test('an equal list is no news', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch, 0);
    await vault.answer(SECRET);
    const { ring } = watched.source;
    await vault.answer([SECRET]);

    expect(watched.source.ring).toBe(ring);
    expect([watched.rings, watched.failures]).toEqual([[FIRST], []]);
  });

  test.each<[string, (vault: Vault) => Promise<void>, RegExp]>([
    ['it fails', (vault) => vault.fail(new RangeError('timeout')), /could not be loaded: RangeError\./],
    ['its list is bad', (vault) => vault.answer('short'), /must be at least 32 bytes long, has 5\./],
  ])(
    '%s: the last good ring stays, watchers are told, and it is asked again',
    async (_title, happen, message) => {
      const vault = new Vault();
      const watched = new Watched(vault.fetch);
      await vault.answer(SECRET);
      watched.clock.pass(5 * MINUTE);
      expect(watched.ids).toBe(FIRST);
      await happen(vault);

      expect(watched.ids).toBe(FIRST);
      expect(watched.failures).toEqual([
        expect.objectContaining({ message: expect.stringMatching(message) }),
      ]);
      expect(vault.calls).toHaveLength(2);
      watched.clock.pass(5 * MINUTE);
      expect(watched.ids).toBe(FIRST);
      await vault.answer(OTHER_SECRET);
      expect([watched.ids, watched.rings]).toEqual([SECOND, [FIRST, SECOND]]);
    },
  );

  test('that throws instead of answering later is a failure like any other', async () => {
    const vault = new Vault();
    let isBroken = false;
    const watched = new Watched(() => {
      if (isBroken) throw new Error('broken');
      return vault.fetch();
    }, 0);
    await vault.answer(SECRET);
    isBroken = true;

    expect(watched.ids).toBe(FIRST);
    expect(watched.failures).toHaveLength(1);
  });

  test('may answer with what only looks like a promise, as query builders do', async () => {
    const thenable: PromiseLike<SecretList> = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve, reject) => Promise.resolve<SecretList>(SECRET).then(resolve, reject),
    };
    const watched = new Watched(() => thenable);

    expect(await outcomeOf(watched.source.ready)).toBe('resolved');
    expect(watched.ids).toBe(FIRST);
  });
});

describe('a stream', () => {
  test.each<[string, () => SecretOption]>([
    ['BehaviorSubject', () => new BehaviorSubject<SecretList>(SECRET)],
    [
      'ReplaySubject with something to replay',
      () => {
        const subject = new ReplaySubject<SecretList>(1);
        subject.next(OTHER_SECRET);
        subject.next(SECRET);
        return subject;
      },
    ],
    ['of()', () => of(SECRET)],
    ['of() with a list in front that is refused', () => of<SecretList[]>([], SECRET)],
  ])('%s: the ring is there at once', (_title, stream) => {
    const watched = new Watched(stream());

    expect([watched.source.ready, watched.ids]).toEqual([undefined, FIRST]);
  });

  test.each<[string, () => Subject<SecretList>]>([
    ['Subject', () => new Subject()],
    ['ReplaySubject with nothing to replay', () => new ReplaySubject(1)],
  ])('%s: ready settles with the first list', async (_title, make) => {
    const subject = make();
    const watched = new Watched(subject);
    expect(await outcomeOf(watched.source.ready)).toBe('pending');
    expect(() => watched.source.ring).toThrow(/has not arrived/);
    subject.next(SECRET);

    expect(await outcomeOf(watched.source.ready)).toBe('resolved');
    expect([watched.ids, watched.rings]).toEqual([FIRST, [FIRST]]);
  });

  test('every later list is in force at once, an equal one is no news', async () => {
    const subject = new BehaviorSubject<SecretList>(SECRET);
    const watched = new Watched(subject);
    for (const list of [SECRET, [OTHER_SECRET, SECRET], [OTHER_SECRET, SECRET], THIRD_SECRET])
      subject.next(list);

    expect(watched.ids).toBe(THIRD);
    expect(watched.rings).toEqual([`${SECOND},${FIRST}`, THIRD]);
    watched.clock.pass(1000 * HOUR);
    expect(watched.ids).toBe(THIRD);
  });

  test.each<[string, SecretOption]>([
    ['at once', EMPTY],
    ['later', from(Promise.resolve(SECRET)).pipe(ignoreElements())],
  ])('one that completes %s without a list: ready rejects instead of hanging', async (_title, stream) => {
    const watched = new Watched(stream);

    const error = await outcomeOf(watched.source.ready);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as Error).message).toBe(
      'Invalid option "secret": the stream completed without a list of secrets. ' +
        'Let it emit one; a BehaviorSubject or ReplaySubject keeps the last list for later subscribers.',
    );
    expect(watched.failures).toEqual([]);
  });

  test('one that never says anything keeps the start waiting, as a promise would', async () => {
    expect(await outcomeOf(new Watched(NEVER).source.ready)).toBe('pending');
  });

  test.each<[string, (fault: Error) => SecretOption]>([
    ['fails at once', (fault) => throwError(() => fault)],
    [
      'cannot be subscribed to',
      (fault) => ({
        subscribe: () => {
          throw fault;
        },
      }),
    ],
  ])('one that %s: ready rejects with its error', async (_title, make) => {
    const fault = new Error('refused');
    const watched = new Watched(make(fault));

    expect(await outcomeOf(watched.source.ready)).toEqual(told('Error'));
  });

  test('one that fails before its first list: ready rejects, and no last list is claimed to stay', async () => {
    const subject = new Subject<SecretList>();
    const watched = new Watched(subject);
    const fault = new Error('refused');
    subject.error(fault);

    expect(await outcomeOf(watched.source.ready)).toEqual(told('Error'));
    expect(watched.failures).toEqual([]);
  });

  test.each([...BAD_LISTS, ...IDLE_LISTS])(
    '%s first, at once or later: ready rejects with the remedy',
    async (_title, list, option, remedy) => {
      const subject = new Subject<SecretList>();
      const later = new Watched(subject);
      expect(() => subject.next(list as SecretList)).not.toThrow();
      const atOnce = new Watched(new BehaviorSubject(list as SecretList));

      for (const watched of [later, atOnce]) {
        const error = await outcomeOf(watched.source.ready);
        expect(error).toBeInstanceOf(InvalidOptionsError);
        expect(error).toMatchObject({ option, remedy: expect.stringMatching(remedy) });
      }
    },
  );

  test.each(BAD_LISTS)('%s later is a failure, not an exception of the producer', (_title, list, option) => {
    const subject = new BehaviorSubject<SecretList>(SECRET);
    const watched = new Watched(subject);

    expect(() => subject.next(list as SecretList)).not.toThrow();
    expect(watched.failures).toEqual([expect.objectContaining({ option })]);
    expect([watched.ids, watched.rings]).toEqual([FIRST, []]);
    subject.next(OTHER_SECRET);
    expect([watched.ids, watched.rings]).toEqual([SECOND, [SECOND]]);
  });

  test('later errors and a later end keep the ring', () => {
    const failing = new BehaviorSubject<SecretList>(SECRET);
    const ending = new BehaviorSubject<SecretList>(SECRET);
    const [failed, ended] = [new Watched(failing), new Watched(ending)];
    const fault = new Error('connection lost');
    failing.error(fault);
    ending.complete();

    expect([failed.ids, failed.failures]).toEqual([FIRST, [told('Error')]]);
    expect([ended.ids, ended.failures]).toEqual([FIRST, []]);
  });

  test('close() unsubscribes, whether lists came or not; for other secrets it does nothing', () => {
    const subjects = [new BehaviorSubject<SecretList>(SECRET), new Subject<SecretList>()];
    for (const subject of subjects) {
      const watched = new Watched(subject);
      expect(subject.observed).toBe(true);
      watched.source.close();
      expect(subject.observed).toBe(false);
    }
    expect(() => new Watched(SECRET).source.close()).not.toThrow();
  });

  test('subscribes once, however often the ring is asked for', () => {
    let subscriptions = 0;
    const subject = new BehaviorSubject<SecretList>(SECRET);
    const watched = new Watched({
      subscribe: (observer) => {
        subscriptions++;
        return subject.subscribe(observer);
      },
    });
    for (let i = 0; i < 10; i++) expect(watched.ids).toBe(FIRST);

    expect(subscriptions).toBe(1);
  });
});

describe('times that come while the application runs', () => {
  const { time } = new Clock();
  const FORCE = (watched: Watched) => watched.source.ring.idsInForce(watched.clock.time).join();

  test.each<[string, (list: SecretList) => SecretOption]>([
    ['at hand', (list) => list],
    ['of a function', (list) => () => list],
    ['of a stream', (list) => of(list)],
  ])('of secrets %s are told to watchers, once each, at the first use after them', (_title, deliver) => {
    const watched = new Watched(
      deliver([
        { secret: THIRD_SECRET, notBefore: time + 2 * HOUR },
        { secret: OTHER_SECRET, notBefore: time + HOUR },
        { secret: SECRET, expires: time + 3 * HOUR },
      ]),
    );
    const use = (): number => {
      for (let i = 0; i < 3; i++) void watched.source.ring;
      return watched.rings.length;
    };
    expect(use()).toBe(0);
    watched.clock.pass(HOUR - 1);
    expect(use()).toBe(0);
    watched.clock.pass(1);
    expect(watched.rings).toEqual([]);
    expect([use(), FORCE(watched)]).toEqual([1, `${SECOND},${THIRD},${FIRST}`]);
    watched.clock.pass(HOUR);
    expect([use(), FORCE(watched)]).toEqual([2, `${THIRD},${SECOND},${FIRST}`]);
    watched.clock.pass(HOUR);
    expect([use(), FORCE(watched)]).toEqual([3, `${THIRD},${SECOND}`]);
    watched.clock.pass(10 * HOUR);
    expect(use()).toBe(3);
    expect(watched.failures).toEqual([]);
  });

  test('are told when the clock was set back behind the last of them', () => {
    const watched = new Watched([{ secret: OTHER_SECRET, notBefore: time }, SECRET]);
    watched.clock.pass(-1);
    expect(FORCE(watched)).toBe(`${FIRST},${SECOND}`);
    expect(watched.rings).toHaveLength(1);
  });

  test('that were passed while nobody came are told as one', () => {
    const watched = new Watched([
      { secret: OTHER_SECRET, notBefore: time + HOUR },
      { secret: SECRET, expires: time + 2 * HOUR },
    ]);
    watched.clock.pass(3 * HOUR);
    void watched.source.ring;

    expect(watched.rings).toHaveLength(1);
  });

  test('that change nothing are not told', () => {
    const watched = new Watched([SECRET, { secret: OTHER_SECRET, notBefore: time + HOUR }]);
    watched.clock.pass(HOUR);
    void watched.source.ring;

    expect(watched.rings).toEqual([]);
  });

  test('are told again when the clock was set back, and so is the last key that runs out', () => {
    const watched = new Watched([
      { secret: OTHER_SECRET, notBefore: time + HOUR, expires: time + 2 * HOUR },
      { secret: SECRET, expires: time + HOUR },
    ]);
    const use = (ms: number): number => {
      watched.clock.pass(ms);
      void watched.source.ring;
      return watched.rings.length;
    };
    expect([use(HOUR), use(-HOUR), use(HOUR), use(HOUR)]).toEqual([1, 2, 3, 4]);
    expect(watched.source.ring.canSeal(watched.clock.time)).toBe(false);
  });

  test('the beginning of the only key that opens is told, though the same key opened before', () => {
    const watched = new Watched([
      { secret: SECRET, notBefore: time + 2 * HOUR },
      { secret: OTHER_SECRET, expires: time + HOUR },
    ]);
    const told: (readonly [string, boolean])[] = [];
    watched.source.watch({
      ring: (ring) =>
        told.push([ring.idsInForce(watched.clock.time).join(), ring.canSeal(watched.clock.time)]),
      failure: () => undefined,
    });
    for (const _hour of [1, 2, 3]) {
      watched.clock.pass(HOUR);
      void watched.source.ring;
    }

    expect(told).toEqual([
      [FIRST, false],
      [FIRST, true],
    ]);
  });

  test('a watcher may ask for the ring itself', () => {
    const watched = new Watched([{ secret: OTHER_SECRET, notBefore: time + HOUR }, SECRET]);
    const asked: string[] = [];
    watched.source.watch({ ring: () => asked.push(watched.ids), failure: () => undefined });
    watched.clock.pass(HOUR);
    void watched.source.ring;

    expect(asked).toEqual([`${SECOND},${FIRST}`]);
  });

  test('stay as they were when a list that cannot be used revokes another, whatever they are', () => {
    const subject = new BehaviorSubject<SecretList>([
      SECRET,
      { secret: OTHER_SECRET, notBefore: '1970-06-01', expires: new Date(8e14) },
      { secret: THIRD_SECRET, expires: new Date(0) },
    ]);
    const watched = new Watched(subject);
    const before = watched.source.ring.times;
    subject.next([{ secret: SECRET, revoked: true }, 'short']);

    expect(watched.source.ring.times).toEqual([{ ...before[0], isRevoked: true }, ...before.slice(1)]);
  });
});

describe('no watcher', () => {
  test('learns a secret: neither what failed nor the source itself shows one', async () => {
    const list: SecretList = [SECRET, { secret: OTHER_SECRET, notBefore: '2100-01-01' }];
    const subject = new BehaviorSubject<SecretList>(list);
    const watched = [
      new Watched(list),
      new Watched(() => list, 0),
      new Watched(async () => list),
      new Watched(subject),
    ];
    await settled();
    for (const bad of [
      [SECRET, SECRET],
      [{ secret: SECRET, expires: 'soon' }],
      [{ secret: OTHER_SECRET, revoked: 'yes' }],
      [{ secret: SECRET, kid: OTHER_SECRET }],
      SECRET.slice(0, 31),
      { [Symbol('secret')]: SECRET },
    ]) {
      subject.next(bad as SecretList);
    }
    const options = {
      depth: Infinity,
      showHidden: true,
      maxArrayLength: null,
      maxStringLength: null,
    } as const;
    const shown = watched
      .flatMap(({ source, failures }) => [
        inspect([source, source.ring, failures], options),
        JSON.stringify([source, source.ring, failures]),
        ...failures.map(String),
      ])
      .join('\n');

    expect(watched.at(-1)!.failures).toHaveLength(6);
    expect(leaksOf(SECRETS, shown)).toEqual([]);
  });
});

/** Returns an object that throws when a property is read. */
function unreadable(property: string, object: object): object {
  return Object.defineProperty(object, property, {
    get: () => {
      throw new Error(`no word of ${SECRET}`);
    },
  });
}

/** Lists that revoke the key in force, or let it expire, together with other entries. */
const WITHDRAWALS: readonly [title: string, list: unknown, isUsable: boolean][] = [
  ['alone', [{ secret: SECRET, revoked: true }], true],
  ['alone, not in a list', { secret: SECRET, revoked: true }, true],
  ['as bytes', [{ secret: Buffer.from(SECRET), revoked: true }], true],
  [
    'beside one that is over',
    [
      { secret: SECRET, revoked: true },
      { secret: OTHER_SECRET, expires: '2020-01-01' },
    ],
    true,
  ],
  [
    'beside one that is not to be used yet',
    [
      { secret: SECRET, revoked: true },
      { secret: OTHER_SECRET, notBefore: '2100-01-01' },
    ],
    true,
  ],
  ['over by now', { secret: SECRET, expires: '2020-01-01' }, true],
  ['beside a short secret', ['short', { secret: SECRET, revoked: true }], false],
  ['beside nothing', [undefined, { secret: SECRET, revoked: true }], false],
  ['beside a number', [7, { secret: SECRET, revoked: true }], false],
  ['beside one that is listed twice', [OTHER_SECRET, OTHER_SECRET, { secret: SECRET, revoked: true }], false],
  ['beside itself', [SECRET, { secret: SECRET, revoked: true }], false],
  ['in front of itself', [{ secret: SECRET, revoked: true }, SECRET], false],
  ['with an option that does not exist', [{ secret: SECRET, revoked: true, reason: 'leak' }], false],
  ['with a time that is none', [{ secret: SECRET, revoked: true, expires: 'soon' }], false],
  ['as text', [OTHER_SECRET, { secret: SECRET, revoked: 'true' }], false],
  ['as a number', [OTHER_SECRET, { secret: SECRET, revoked: 1 }], false],
  ['as an object that is no text', [OTHER_SECRET, { secret: SECRET, revoked: Object.create(null) }], false],
  ['in a list in the list', [OTHER_SECRET, [{ secret: SECRET, revoked: true }]], false],
  ['in a list of lists', [[{ secret: SECRET, revoked: true }], [OTHER_SECRET]], false],
  ['in one entry with another', [{ secret: [OTHER_SECRET, SECRET], revoked: true }], false],
  [
    'in an instance of a class',
    [
      'short',
      new (class Leaked {
        secret = SECRET;
        revoked = true;
      })(),
    ],
    false,
  ],
  ['with the half of a Windows line end', [OTHER_SECRET, { secret: `${SECRET}\r`, revoked: true }], false],
  ['as a key object', [undefined, { secret: createSecretKey(SECRET, 'utf8'), revoked: true }], false],
  ['with a time that cannot be looked at', [unreadable('expires', { secret: SECRET, revoked: true })], false],
  ['over by now, beside a short secret', ['short', { secret: SECRET, expires: '2020-01-01' }], false],
  [
    'beside an entry that cannot be looked at',
    [unreadable('secret', {}), { secret: SECRET, revoked: true }],
    false,
  ],
];

describe('a key that is revoked while the application runs', () => {
  const WAYS: Record<
    string,
    (list: SecretList) => { secret: SecretOption; deliver: (list: SecretList) => Promise<unknown> }
  > = {
    'a function': (first) => {
      let list = first;
      return { secret: () => list, deliver: async (next) => (list = next) };
    },
    'an async function': (first) => {
      let list = first;
      return { secret: async () => list, deliver: async (next) => (list = next) };
    },
    'a stream': (list) => {
      const subject = new BehaviorSubject(list);
      return { secret: subject, deliver: async (next) => subject.next(next) };
    },
  };

  describe.each(Object.entries(WAYS))('by %s', (_way, make) => {
    test.each(WITHDRAWALS)('%s: neither opens nor seals from then on', async (_title, list, isUsable) => {
      const { secret, deliver } = make([SECRET]);
      const watched = new Watched(secret, 0);
      await watched.source.ready;
      const format = createSealer(
        watched.source,
        { purpose: 'session', cookieName: 'cart' },
        { now: watched.clock.now },
      );
      const text = format.seal(plain(watched.clock.time));

      await deliver(list as SecretList);
      void watched.source.ring;
      await settled();
      const reason =
        JSON.stringify(list).includes('expires":"2020') &&
        !JSON.stringify(list).includes(`${SECRET}","revoked`)
          ? 'unknown-key'
          : expect.stringMatching('revoked');
      expect(format.unseal(text)).toEqual({ ok: false, reason });
      expect(() => format.seal(plain(watched.clock.time))).toThrow(NoSealingKeyError);
      expect(watched.source.ring.idsInForce(watched.clock.time)).not.toContain(FIRST);
      expect(watched.failures.length > 0).toBe(!isUsable);

      // A list that does not contain the key does not restore it.
      for (const silent of [[], undefined, ['short'], [OTHER_SECRET, OTHER_SECRET]]) {
        await deliver(silent as SecretList);
        void watched.source.ring;
        await settled();
        expect(format.unseal(text).ok).toBe(false);
      }

      await deliver([OTHER_SECRET, SECRET]);
      void watched.source.ring;
      await settled();
      expect(format.unseal(text)).toMatchObject({ ok: true, stale: true });
    });
  });

  test('is told to watchers, and so is what was wrong with the list', () => {
    const subject = new BehaviorSubject<SecretList>([SECRET, OTHER_SECRET]);
    const watched = new Watched(subject);
    subject.next(['short', { secret: SECRET, revoked: true }]);

    expect(watched.rings).toEqual([`${FIRST},${SECOND}`]);
    expect(watched.source.ring.idsInForce(watched.clock.time)).toEqual([SECOND]);
    expect(watched.failures).toEqual([expect.objectContaining({ option: 'secret[0]' })]);
    subject.next(['short', { secret: SECRET, revoked: true }]);
    expect(watched.rings).toHaveLength(1);
  });

  test('leaves the others of the ring as they were', () => {
    const subject = new BehaviorSubject<SecretList>([
      SECRET,
      { secret: OTHER_SECRET, notBefore: '2100-01-01', expires: '2200-01-01' },
    ]);
    const watched = new Watched(subject);
    subject.next([{ secret: SECRET, revoked: true }, 'short']);

    expect(
      watched.source.ring.equals(
        new KeyRing(
          [
            { secret: SECRET, revoked: true },
            { secret: OTHER_SECRET, notBefore: '2100-01-01', expires: '2200-01-01' },
          ],
          'secret',
          0,
          false,
        ),
      ),
    ).toBe(true);
  });
});

describe('what is told of an error that may quote the secret', () => {
  const quoting = Object.assign(new Error(`ENOENT: no such file or directory, open '${SECRET}'`), {
    code: 'ENOENT',
    path: SECRET,
  });
  const THROWN: readonly [title: string, thrown: unknown, reason: string][] = [
    ['an error with a code', quoting, 'Error (ENOENT)'],
    ['an error of a class', new TypeError(SECRET), 'TypeError'],
    [
      'an error whose name is the secret',
      Object.assign(new Error('x'), { name: SECRET, code: SECRET }),
      'no name',
    ],
    [
      'an error whose code is a sentence',
      Object.assign(new Error('x'), { code: `open '${SECRET}'` }),
      'Error',
    ],
    ['an error with a cause', new Error('x', { cause: quoting }), 'Error'],
    ['text', SECRET, 'no name'],
    ['an object', { secret: SECRET }, 'no name'],
    ['nothing', undefined, 'no name'],
    ['an error that throws when it is asked for its name', unreadable('name', new Error('x')), 'no name'],
    ['one that throws when it is asked for its code', unreadable('code', new Error('x')), 'Error'],
    [
      'one that throws whatever it is asked',
      new Proxy(new Error('x'), {
        get: () => {
          throw quoting;
        },
        getPrototypeOf: () => {
          throw quoting;
        },
      }),
      'no name',
    ],
    ['an error of PostgreSQL', Object.assign(new Error(SECRET), { code: '28P01' }), 'Error (28P01)'],
    ['an error of gRPC', Object.assign(new Error(SECRET), { code: 16 }), 'Error (16)'],
    [
      'an error of TLS',
      Object.assign(new Error(SECRET), { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }),
      'Error (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)',
    ],
    [
      'an error with a name of many words',
      Object.assign(new Error(SECRET), { name: 'ProvisionedThroughputExceededException' }),
      'ProvisionedThroughputExceededException',
    ],
    [
      'an error whose code is a secret in hex',
      Object.assign(new Error('x'), { code: Buffer.from(SECRET).toString('hex').slice(0, 64) }),
      'Error',
    ],
  ];

  test.each(THROWN)('%s: its name and its code, at start and later', async (_title, thrown, reason) => {
    const makers: ((fail: () => boolean) => SecretOption)[] = [
      (fail) => () => {
        if (fail()) throw thrown;
        return SECRET;
      },
      (fail) => async () => {
        if (fail()) throw thrown;
        return SECRET;
      },
    ];
    for (const make of makers) {
      let error: unknown;
      try {
        await new Watched(make(() => true)).source.ready;
      } catch (caught) {
        error = caught;
      }
      let isFailing = false;
      const watched = new Watched(
        make(() => isFailing),
        0,
      );
      await watched.source.ready;
      isFailing = true;
      void watched.source.ring;
      await settled();

      for (const failure of [error, watched.failures[0]]) {
        expect(failure).toBeInstanceOf(SecretsUnavailableError);
        expect(failure).toMatchObject({ reason, code: 'ERR_SECRETS_UNAVAILABLE' });
        const shown = [
          inspect(failure, { depth: Infinity, showHidden: true }),
          JSON.stringify(failure),
          String((failure as Error).stack),
        ];
        expect(leaksOf([SECRET], shown.join())).toEqual([]);
      }
    }
  });
});

function plain(time: number) {
  return {
    createdAt: time,
    startedAt: time,
    expiresAt: time + HOUR,
    ownDuration: false,
    renewed: false,
    json: '{}',
  };
}
