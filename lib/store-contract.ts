// `nestjs-client-sessions/store-contract`: what every LoginStore has to keep to, for the tests of those who write one.

import assert from 'node:assert/strict';
import type { FactPage, LoginStore, NotedLogin, StoredFact } from './logins/login-store.js';

export interface LoginStoreCheck {
  /** What is checked, as a sentence. */
  readonly name: string;
  /**
   * @param open returns another connection to the same store, as another process would have it. The store is empty
   * before the check. The check closes what it has opened.
   * @throws AssertionError if the store does not keep to it
   */
  run(open: () => Promise<LoginStore>): Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SUBJECT = 'jZ7dXWq_2T-0mYfK1aB5cQ';
const LISTED_LOGINS = 1000;
/** A page holds at most some thousands of facts. */
const LARGEST_PAGE = 10_000;
/** More than any check adds. */
const MOST_FACTS = 20_000;

/** Every text that is printed in ASCII, and a long one such as the library stores. */
const TEXTS = [
  String.fromCharCode(...Array.from({ length: 95 }, (_, i) => i + 32)),
  'aZ09-_'.repeat(2000),
  '0',
  '{"a":1}',
];

/**
 * What every `LoginStore` has to keep to, independent of a test runner. That nothing is lost when the store is killed
 * cannot be checked from here; test it with your own.
 *
 * @example
 * for (const { name, run } of loginStoreContract) {
 *   test(name, async () => {
 *     const path = join(await mkdtemp(join(tmpdir(), 'logins-')), 'logins.db');
 *     await run(async () => sqliteLoginStore({ path }));
 *   });
 * }
 */
export const loginStoreContract: readonly LoginStoreCheck[] = [
  check('an empty store has no facts and no cursor', async (open) => {
    const store = await open();
    assertPage(await store.read(undefined), { texts: [], hasMore: false });
    assert.equal((await store.read(undefined)).cursor, undefined);
    await store.add([], Date.now());
    assert.equal((await store.read(undefined)).cursor, undefined);
    assert.deepEqual(await listed(store, Date.now()), []);
  }),

  check('facts come back unchanged, in every process', async (open) => {
    const [writer, reader] = [await open(), await open()];
    const now = Date.now();
    const facts = TEXTS.map((text, i) => ({ text, until: now + HOUR + i }));
    await writer.add(facts, now);
    for (const store of [writer, reader]) assertList(await allFacts(store), facts);
  }),

  check('a time may be 34 years ahead', async (open) => {
    const store = await open();
    const now = Date.now();
    const fact = { text: 'far', until: now + 34 * 365 * 24 * HOUR };
    await store.add([fact], now);
    assertList(await allFacts(store), [fact]);
  }),

  check('a read that begins after an add returns its facts', async (open) => {
    const [writer, reader] = [await open(), await open()];
    let cursor: string | undefined;
    for (let i = 0; i < 50; i++) {
      await writer.add(factsOf(`${i}`), Date.now());
      const page = await reader.read(cursor);
      assertPage(page, { texts: [`${i}`], hasMore: false });
      ({ cursor } = page);
    }
  }),

  check('a cursor stays where it is while nothing is added', async (open) => {
    const store = await open();
    await store.add(factsOf('a', 'b'), Date.now());
    const { cursor } = await store.read(undefined);
    assert.equal(typeof cursor, 'string');
    for (let i = 0; i < 3; i++) {
      const page = await store.read(cursor);
      assertPage(page, { texts: [], hasMore: false });
      assert.equal(page.cursor, cursor);
    }
    await store.add(factsOf('c'), Date.now());
    for (let i = 0; i < 3; i++) assertPage(await store.read(cursor), { texts: ['c'], hasMore: false });
  }),

  check('a cursor of one process is valid in another', async (open) => {
    const [first, second] = [await open(), await open()];
    await first.add(factsOf('a'), Date.now());
    const { cursor } = await first.read(undefined);
    await second.add(factsOf('b'), Date.now());
    assertPage(await second.read(cursor), { texts: ['b'], hasMore: false });
  }),

  check('the same fact may be added twice', async (open) => {
    const store = await open();
    await store.add(factsOf('a', 'a'), Date.now());
    await store.add(factsOf('a'), Date.now());
    assert.deepEqual(new Set((await allFacts(store)).map(({ text }) => text)), new Set(['a']));
  }),

  check('10,000 facts come in pages, each fact once', async (open) => {
    const store = await open();
    const now = Date.now();
    const facts = Array.from({ length: 10_000 }, (_, i) => ({ text: `fact-${i}`, until: now + HOUR + i }));
    await store.add(facts, now);
    const pages = await allPages(await open());
    for (const page of pages)
      assert.ok(page.facts.length <= LARGEST_PAGE, 'a page has some thousands of facts');
    const found = pages.flatMap((page) => page.facts);
    assertList(sorted(found), sorted(facts));
    assertList(await allFacts(store), found);
  }),

  check('facts that were added one after the other are read in this order', async (open) => {
    const stores = [await open(), await open()];
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    for (const [i, text] of texts.entries()) await stores[i % 2]!.add(factsOf(text), Date.now());
    for (const store of stores)
      assertList(
        (await allFacts(store)).map(({ text }) => text),
        texts,
      );
  }),

  check('processes that add at the same time lose nothing, and all read the same order', async (open) => {
    const stores = await Promise.all([open(), open(), open(), open()]);
    const follower = new Follower(await open());
    const texts = stores.map((_, i) => Array.from({ length: 200 }, (_unused, j) => `${i}-${j}`));
    let isAdding = true;
    const following = follower.follow(() => isAdding);
    await Promise.all(
      stores.map(async (store, i) => {
        for (const text of texts[i]!) await store.add(factsOf(text), Date.now());
      }),
    ).finally(() => (isAdding = false));
    await following;
    assertList(follower.texts.toSorted(), texts.flat().sort());
    for (const store of stores)
      assertList(
        (await allFacts(store)).map(({ text }) => text),
        follower.texts,
      );
  }),

  check('a fact stays until an hour after its time', async (open) => {
    const store = await open();
    const now = Date.now();
    const kept = { text: 'kept', until: now + MINUTE };
    await store.add([kept], now);
    for (const later of [2 * MINUTE, 30 * MINUTE, 60 * MINUTE])
      await store.add(factsOf('other'), now + later);
    assertList((await allFacts(store)).slice(0, 1), [kept]);
  }),

  check('a fact that is needed outlives others that were added later', async (open) => {
    const [first, second] = [await open(), await open()];
    const now = Date.now();
    const kept = { text: 'kept', until: now + 30 * 24 * HOUR };
    await first.add([kept], now);
    for (let hour = 0; hour < 48; hour++)
      await second.add([{ text: 'brief', until: now + hour * HOUR + MINUTE }], now + hour * HOUR);
    assert.ok((await allFacts(first)).some(({ text }) => text === kept.text));
  }),

  check('a cursor whose fact is over is not lost', async (open) => {
    const store = await open();
    const now = Date.now();
    await store.add([{ text: 'over', until: now + MINUTE }], now);
    const { cursor } = await store.read(undefined);
    const texts = ['a', 'b', 'c'];
    for (const text of texts) await store.add([{ text, until: now + 5 * HOUR }], now + 3 * HOUR);
    assertPage(await store.read(cursor), { texts, hasMore: false });
  }),

  check('a login is listed until its time, for its subject alone', async (open) => {
    const [first, second] = [await open(), await open()];
    const now = Date.now();
    await first.note(login('a', { until: now + HOUR }), now);
    await second.note(login('b', { until: now + 2 * HOUR, text: TEXTS[1]! }), now);
    await first.note(login('c', { subject: 'another', until: now + HOUR }), now);
    for (const store of [first, second]) {
      assert.deepEqual(await listed(store, now), [
        { id: 'a', text: 'text of a', usedAt: undefined },
        { id: 'b', text: TEXTS[1], usedAt: undefined },
      ]);
      assert.deepEqual(await idsOf(store, now + HOUR), ['b']);
      assert.deepEqual(await idsOf(store, now + 2 * HOUR), []);
      assert.deepEqual(await idsOf(store, now, 'another'), ['c']);
      assert.deepEqual(await idsOf(store, now, 'nobody'), []);
    }
  }),

  check('a login that is listed anew is listed once, with what was said last', async (open) => {
    const store = await open();
    const now = Date.now();
    await store.note(login('a', { until: now + HOUR, text: 'old' }), now);
    await store.note(login('a', { until: now + 3 * HOUR, text: 'new' }), now);
    assert.deepEqual(await listed(store, now + 2 * HOUR), [{ id: 'a', text: 'new', usedAt: undefined }]);
  }),

  check('the time of the last use is kept, where the login is listed', async (open) => {
    const [first, second] = [await open(), await open()];
    const now = Date.now();
    await first.note(login('a', { until: now + HOUR }), now);
    await second.touch(SUBJECT, 'a', now + 1);
    await first.touch(SUBJECT, 'a', now + 2);
    await first.touch('another', 'a', now + 3);
    assert.deepEqual(await listed(second, now), [{ id: 'a', text: 'text of a', usedAt: now + 2 }]);
    assert.deepEqual(await idsOf(second, now, 'another'), []);
  }),

  check('a login that is not listed stays unlisted', async (open) => {
    const store = await open();
    const now = Date.now();
    await store.touch(SUBJECT, 'never', now);
    assert.deepEqual(await listed(store, now), []);
    await store.note(login('over', { until: now + MINUTE }), now);
    await store.note(login('other', { until: now + 5 * HOUR }), now + HOUR);
    await store.touch(SUBJECT, 'over', now + HOUR);
    assert.deepEqual(await idsOf(store, now + HOUR), ['other']);
  }),

  check('of 1,010 logins of a subject those 1,000 are listed that end last', async (open) => {
    const store = await open();
    const now = Date.now();
    const logins = Array.from({ length: LISTED_LOGINS + 10 }, (_, i) =>
      login(`${i}`, { until: now + HOUR + i }),
    );
    for (let i = 0; i < logins.length; i += 101)
      await Promise.all(logins.slice(i, i + 101).map((each) => store.note(each, now)));
    await store.note(login('mine', { subject: 'another', until: now + MINUTE }), now);
    assertList(
      await idsOf(await open(), now),
      logins
        .slice(10)
        .map(({ id }) => id)
        .sort(),
    );
    assert.deepEqual(await idsOf(store, now, 'another'), ['mine']);
  }),
];

function check(name: string, run: LoginStoreCheck['run']): LoginStoreCheck {
  return {
    name,
    run: async (open) => {
      const opened: LoginStore[] = [];
      try {
        await run(async () => {
          const store = await open();
          opened.push(store);
          return store;
        });
      } finally {
        for (const store of opened) await store.close?.();
      }
    },
  };
}

/** Reads what others add, as a process does. */
class Follower {
  readonly texts: string[] = [];
  #cursor: string | undefined;

  constructor(private readonly store: LoginStore) {}

  async follow(goesOn: () => boolean): Promise<void> {
    for (let isLast = false; !isLast;) {
      isLast = !goesOn();
      let page: FactPage;
      do {
        page = await this.store.read(this.#cursor);
        assert.notEqual(page.isLost, true, 'nothing was lost');
        this.texts.push(...page.facts.map(({ text }) => text));
        this.#cursor = page.cursor;
        assert.ok(this.texts.length <= MOST_FACTS, 'the pages come to an end');
      } while (page.hasMore);
      await new Promise(setImmediate);
    }
  }
}

async function allPages(store: LoginStore): Promise<FactPage[]> {
  const pages: FactPage[] = [];
  let page: FactPage | undefined;
  let count = 0;
  do {
    page = await store.read(page?.cursor);
    assert.notEqual(page.isLost, true, 'nothing was lost');
    assert.ok(!page.hasMore || page.facts.length > 0, 'a page before another one has facts');
    pages.push(page);
    count += page.facts.length;
    assert.ok(count <= MOST_FACTS, 'the pages come to an end');
  } while (page.hasMore);
  return pages;
}

async function allFacts(store: LoginStore): Promise<StoredFact[]> {
  const pages = await allPages(store);
  return pages.flatMap(({ facts }) => [...facts].map(({ text, until }) => ({ text, until })));
}

/** Names the first difference alone: `assert.deepEqual` compares long lists for minutes to print them. */
function assertList(found: readonly unknown[], expected: readonly unknown[]): void {
  for (let i = 0; i < Math.max(found.length, expected.length); i++)
    assert.deepEqual(found[i], expected[i], `entry ${i} of ${expected.length}`);
}

function assertPage(
  page: FactPage,
  expected: { readonly texts: readonly string[]; readonly hasMore: boolean },
): void {
  const { facts, hasMore, isLost = false } = page;
  assert.deepEqual(
    { texts: [...facts].map(({ text }) => text), hasMore, isLost },
    { ...expected, isLost: false },
  );
}

function factsOf(...texts: readonly string[]): StoredFact[] {
  return texts.map((text) => ({ text, until: Date.now() + HOUR }));
}

function sorted(facts: readonly StoredFact[]): StoredFact[] {
  return [...facts].sort((one, other) => one.until - other.until).map(({ text, until }) => ({ text, until }));
}

function login(id: string, further: Partial<NotedLogin> & Pick<NotedLogin, 'until'>): NotedLogin {
  return { subject: SUBJECT, id, text: `text of ${id}`, ...further };
}

async function listed(store: LoginStore, now: number): Promise<object[]> {
  const logins = await store.list(SUBJECT, now);
  return [...logins]
    .map(({ id, text, usedAt }) => ({ id, text, usedAt }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function idsOf(store: LoginStore, now: number, subject: string = SUBJECT): Promise<string[]> {
  const logins = await store.list(subject, now);
  return [...logins].map(({ id }) => id).sort();
}
