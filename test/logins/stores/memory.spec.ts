import { describe, expect, test } from '@jest/globals';
import type { LoginStore } from '../../../lib/logins/login-store.js';
import { loginStoreContract } from '../../../lib/store-contract.js';
import { MemoryLogins } from '../../support/memory-login-store.js';
import { describeContract } from './contract.js';

const NOW = 1_800_000_000_000;
const fact = (text: string) => ({ text, until: NOW + 1000 });

describeContract('the store in memory', async () => {
  const logins = new MemoryLogins();
  return () => logins.open();
});

describe('the store in memory', () => {
  test('refuses everything while it is down', async () => {
    const logins = new MemoryLogins();
    const store = logins.open();
    logins.isDown = true;
    await expect(store.read(undefined)).rejects.toMatchObject({ code: 'ERR_LOGIN_STORE' });
    await expect(store.add([fact('a')], NOW)).rejects.toMatchObject({ code: 'ERR_LOGIN_STORE' });
    logins.isDown = false;
    expect((await store.read(undefined)).facts).toEqual([]);
  });

  test('can be read while it is full', async () => {
    const logins = new MemoryLogins();
    const store = logins.open();
    await store.add([fact('a')], NOW);
    logins.isFull = true;
    await expect(store.add([fact('b')], NOW)).rejects.toThrow('full');
    expect((await store.read(undefined)).facts).toEqual([fact('a')]);
  });

  test('answers after a pause', async () => {
    const logins = new MemoryLogins();
    logins.pause();
    const added = logins.open().add([fact('a')], NOW);
    await new Promise(setImmediate);
    expect(logins.facts).toEqual([]);
    logins.resume();
    await added;
    expect(logins.facts).toHaveLength(1);
  });

  test.each([
    ['all', undefined, []],
    ['the newest', 1, [fact('a')]],
  ])('says that it has lost %s', async (_what, count, facts) => {
    const logins = new MemoryLogins();
    const store = logins.open();
    await store.add([fact('a'), fact('b')], NOW);
    const { cursor } = await store.read(undefined);
    logins.lose(count);
    await store.add([fact('c')], NOW);
    const page = await store.read(cursor);
    expect(page).toMatchObject({ isLost: true, facts: [...facts, fact('c')] });
    expect(await store.read(page.cursor)).toMatchObject({ isLost: false, facts: [] });
  });
});

/** Each breaks one promise of a store. */
const FAULTS: readonly [string, (store: LoginStore) => Partial<LoginStore>][] = [
  ['forgets facts', (store) => ({ add: (facts, now) => store.add(facts.slice(0, 1), now) })],
  ['forgets the cursor', (store) => ({ read: () => store.read(undefined) })],
  [
    'says that nothing follows',
    (store) => ({ read: async (after) => ({ ...(await store.read(after)), hasMore: false }) }),
  ],
  [
    'says that all is lost',
    (store) => ({ read: async (after) => ({ ...(await store.read(after)), isLost: true }) }),
  ],
  [
    'turns a page around',
    (store) => ({
      read: async (after) => {
        const page = await store.read(after);
        return { ...page, facts: page.facts.toReversed() };
      },
    }),
  ],
  [
    'cuts long texts',
    (store) => ({
      add: (facts, now) =>
        store.add(
          facts.map((each) => ({ ...each, text: each.text.slice(0, 255) })),
          now,
        ),
    }),
  ],
  [
    'keeps times in seconds',
    (store) => ({
      add: (facts, now) =>
        store.add(
          facts.map((each) => ({ ...each, until: each.until - (each.until % 1000) })),
          now,
        ),
    }),
  ],
  ['forgets too early', (store) => ({ add: (facts, now) => store.add(facts, now + 3_600_000) })],
  [
    'adds later than it says',
    (store) => ({ add: async (facts, now) => void setImmediate(() => void store.add(facts, now)) }),
  ],
  [
    'lists what was never listed',
    (store) => ({
      touch: (subject, id, usedAt) => store.note({ subject, id, text: '', until: usedAt + 9e9 }, usedAt),
    }),
  ],
  ['forgets the last use', () => ({ touch: async () => undefined })],
  ['lists what is over', (store) => ({ list: (subject) => store.list(subject, 0) })],
  ['lists the logins of all', (store) => ({ list: (_subject, now) => store.list('another', now) })],
];

describe('the contract finds a store that', () => {
  test.each(FAULTS)('%s', async (_what, faultOf) => {
    let refused = 0;
    for (const { run } of loginStoreContract) {
      const logins = new MemoryLogins();
      const outcome = run(async () => {
        const store = logins.open();
        const whole: LoginStore = {
          add: (facts, now) => store.add(facts, now),
          read: (after) => store.read(after),
          note: (login, now) => store.note(login, now),
          touch: (subject, id, usedAt) => store.touch(subject, id, usedAt),
          list: (subject, now) => store.list(subject, now),
        };
        return Object.assign(whole, faultOf(store));
      });
      await outcome.catch(() => refused++);
    }
    expect(refused).toBeGreaterThan(0);
  });
});
