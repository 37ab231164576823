import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
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

/** A source with a clock to turn, and everything its watcher was told. */
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

/** A function that is answered by hand, one call after the other. */
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

/** Everything that was waiting for promises has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** How it ended, or that it has not. */
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
  ['none that may seal', [{ secret: SECRET, revoked: true }], 'secret', /^Add one that may/],
];

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

  test.each(BAD_LISTS)('%s is refused at once', (_title, list, option, remedy) => {
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

  test('stops the start when it throws or has a bad list, with its own error', () => {
    const fault = new Error('no such file');
    const act = () =>
      new Watched(() => {
        throw fault;
      });

    expect(act).toThrow(fault);
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
    expect([watched.ids, watched.failures]).toEqual([FIRST, [fault]]);
    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, watched.failures]).toEqual([FIRST, [fault]]);
    answer = () => OTHER_SECRET;
    watched.clock.pass(1);
    expect([watched.ids, watched.failures]).toEqual([SECOND, [fault]]);
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
      'Invalid option "secret": its first list of secrets has not arrived. Await what delivers it before requests are served.',
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
    expect(await outcomeOf(watched.source.ready)).toBe(fault);
    expect(() => watched.source.ring).toThrow(/has not arrived/);
    expect(watched.failures).toEqual([]);
  });

  test.each(BAD_LISTS)('%s rejects ready with the remedy', async (_title, list, option, remedy) => {
    const watched = new Watched(async () => list as SecretList);
    const error = await outcomeOf(watched.source.ready);

    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({ option, remedy: expect.stringMatching(remedy) });
  });

  test('requests go on with the old ring while the new one is fetched, once', async () => {
    const vault = new Vault();
    const watched = new Watched(vault.fetch);
    await vault.answer(SECRET);
    watched.clock.pass(5 * MINUTE - 1);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 1]);

    watched.clock.pass(1);
    expect([watched.ids, vault.calls.length]).toEqual([FIRST, 2]);
    watched.clock.pass(HOUR);
    expect([watched.ids, watched.ids, vault.calls.length]).toEqual([FIRST, FIRST, 2]);

    await vault.answer([OTHER_SECRET, SECRET]);
    expect(watched.rings).toEqual([FIRST, `${SECOND},${FIRST}`]);
    expect([watched.ids, vault.calls.length]).toEqual([`${SECOND},${FIRST}`, 3]);
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
    ['it fails', (vault) => vault.fail(new Error('timeout')), /timeout/],
    ['its list is bad', (vault) => vault.answer('short'), /it has 5 bytes/],
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
      'Invalid option "secret": its stream has ended without a list of secrets. Let it deliver one; a BehaviorSubject or ReplaySubject keeps it for whoever subscribes later.',
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

    expect(await outcomeOf(watched.source.ready)).toBe(fault);
  });

  test('one that fails before its first list: ready rejects, and no last list is claimed to stay', async () => {
    const subject = new Subject<SecretList>();
    const watched = new Watched(subject);
    const fault = new Error('refused');
    subject.error(fault);

    expect(await outcomeOf(watched.source.ready)).toBe(fault);
    expect(watched.failures).toEqual([]);
  });

  test.each(BAD_LISTS)(
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

    expect([failed.ids, failed.failures]).toEqual([FIRST, [fault]]);
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
