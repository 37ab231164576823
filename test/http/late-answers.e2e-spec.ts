import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { PLATFORMS, stopAll } from '../support/application.js';
import { Chance } from '../support/chance.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, MINUTE, SECOND } from '../support/session.js';
import { type Act, type Site, siteInMemory, siteOn, type SiteOptions, stopSites } from '../support/sites.js';
import { sized } from '../support/size.js';
import { LateVisitor, type Made, type Planned } from '../support/visitor.js';

afterEach(async () => {
  jest.restoreAllMocks();
  stopSites();
  await stopAll();
});

const ROUNDS = sized(40, 1_000);

/** Each test has other numbers, and the same ones whenever it runs. */
const seedOf = (...texts: readonly string[]): number =>
  Buffer.from(texts.join()).reduce((seed, byte) => seed * 31 + byte, 0) | 0;

/** Why a request that changes nothing has something to tell. */
interface Reason {
  /** What serves when the session begins, during the race, and after it. */
  readonly before: SiteOptions;
  readonly during: SiteOptions;
  readonly after: SiteOptions;
  /** How long the session is not used before the race. */
  readonly pause: number;
  /** How long the visitor is away at most after the race, so that the session lives on. */
  readonly longestBreak: number;
}

const always = (options: SiteOptions) => ({ before: options, during: options, after: options });
const OLD_SECRET = 'the-secret-of-client-sessions';
const LEGACY = { secret: OLD_SECRET, acceptUntil: '2200-01-01' };
const VERSION_2 = { version: 2, migrate: { 1: (content: object) => ({ ...content, isMigrated: true }) } };

const REASONS: Readonly<Record<string, Reason>> = {
  'idle use': {
    ...always({ duration: '12h', idleDuration: '30m' }),
    pause: 20 * MINUTE,
    longestBreak: 25 * MINUTE,
  },
  activeDuration: {
    ...always({ duration: HOUR, activeDuration: '30m' }),
    pause: 40 * MINUTE,
    longestBreak: 20 * MINUTE,
  },
  'a new key': {
    before: {},
    during: { secret: [OTHER_SECRET, SECRET] },
    after: { secret: OTHER_SECRET },
    pause: HOUR,
    longestBreak: 2 * HOUR,
  },
  'a migration': { before: {}, during: VERSION_2, after: VERSION_2, pause: HOUR, longestBreak: 2 * HOUR },
  'an earlier name': {
    before: { cookieName: 'basket' },
    during: { previousNames: ['basket'] },
    after: {},
    pause: HOUR,
    longestBreak: 2 * HOUR,
  },
  'the legacy format': {
    before: { legacy: { ...LEGACY, write: true } },
    during: { legacy: LEGACY },
    after: {},
    pause: HOUR,
    longestBreak: 2 * HOUR,
  },
};

const look: Act = () => undefined;
const whole: Act = (session) => ({ ...session });
const enterAs =
  (user: string): Act =>
  (session) => {
    session.reset();
    session.user = user;
  };
const leave: Act = (session) => session.destroy();
const mark =
  (value: unknown): Act =>
  (session) =>
    void (session.mark = value);

/** What a writer does, and what the visitor sees afterwards: as long as the session lives. */
interface Deed {
  readonly act: Act;
  readonly seen: object;
}

const DEEDS: Readonly<Record<string, Deed>> = {
  logout: { act: leave, seen: {} },
  login: { act: enterAs('bob'), seen: { user: 'bob' } },
  change: { act: mark('changed'), seen: { user: 'ada', mark: 'changed' } },
};

/** The sites of one reason, with one clock. */
interface Stage {
  readonly clock: Clock;
  readonly before: Site;
  readonly during: Site;
  readonly after: Site;
}

async function stageOf(
  { before, during, after }: Reason,
  open: (options: SiteOptions) => Promise<Site> = async (options) => siteInMemory(options),
): Promise<Stage> {
  const clock = new Clock();
  const opened = await Promise.all([before, during, after].map((own) => open({ ...own, now: clock.now })));
  return { clock, before: opened[0]!, during: opened[1]!, after: opened[2]! };
}

/** Logs in as ada, in a browser that may have been somebody else's before, and comes back after the pause. */
async function begin({ clock, before }: Stage, { pause }: Reason, chance: Chance): Promise<LateVisitor> {
  const visitor = new LateVisitor(clock);
  if (chance.coin) {
    await visitor.visit(before, enterAs('eve'));
    clock.pass(chance.between(0, MINUTE));
    await visitor.visit(before, chance.coin ? leave : look);
    clock.pass(chance.between(0, 20 * MINUTE));
  }
  await visitor.visit(before, enterAs('ada'));
  clock.pass(pause);
  return visitor;
}

interface Span {
  readonly earliest?: number;
  readonly latest?: number;
  /** How long the handler and the network may take, each. */
  readonly slowest?: number;
}

function planned(
  act: Act,
  chance: Chance,
  { earliest = -MINUTE, latest = MINUTE, slowest = MINUTE }: Span = {},
): Planned {
  const sentAt = MINUTE + chance.between(earliest, latest);
  const answeredAt = sentAt + chance.between(1, slowest);
  return { act, sentAt, answeredAt, arrivesAt: answeredAt + chance.between(1, slowest) };
}

const atOnce: Span = { earliest: 0, latest: 0, slowest: 5 * SECOND };

/** Whether an answer that tells something arrives after another one, although its request was sent before. */
const isLate = (reader: Made, writer: Made): boolean =>
  reader.setCookies.length > 0 && reader.sentAt < writer.arrivesAt && reader.arrivesAt > writer.arrivesAt;

/** What stays of a session when it has been migrated. */
const withoutMigration = (content: unknown): object => {
  const { isMigrated: _, ...rest } = content as Record<string, unknown>;
  return rest;
};

interface Outcome {
  readonly rounds: number;
  /** Rounds in which a reader's answer arrived after the writer's. */
  readonly late: number;
  /** What was seen instead of what the writer did. */
  readonly undone: readonly unknown[];
}

/** Races of one writer with some readers of the same browser. */
async function race(
  stage: Stage,
  reason: Reason,
  { act, seen }: Deed,
  rounds: number,
  seed: number,
): Promise<Outcome> {
  const chance = new Chance(seed);
  const undone: unknown[] = [];
  let late = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = await begin(stage, reason, chance);
    const readers = Array.from({ length: chance.between(3, 5) }, () => planned(look, chance));
    const [writer, ...others] = await visitor.make(stage.during, [
      planned(act, chance, { earliest: 0, slowest: 30 * SECOND, latest: 30 * SECOND }),
      ...readers,
    ]);
    if (others.some((reader) => isLate(reader, writer!))) late += 1;

    const check = async (site: Site, expected: object): Promise<void> => {
      const found = withoutMigration(await visitor.visit(site, whole));
      if (JSON.stringify(found) !== JSON.stringify(expected)) undone.push({ round, found });
    };
    await check(stage.during, seen);
    for (const site of [stage.during, stage.after, stage.after]) {
      stage.clock.pass(chance.between(1, reason.longestBreak));
      await check(site, seen);
    }
    stage.clock.pass(2 * DAY);
    await check(stage.after, {});
  }
  return { rounds, late, undone };
}

describe.each(Object.entries(REASONS))('readers that tell of %s', (title, reason) => {
  test.each(Object.entries(DEEDS))(
    `undo no %s, whenever their answers arrive`,
    async (deedName, deed) => {
      const stage = await stageOf(reason);
      const { rounds, late, undone } = await race(stage, reason, deed, ROUNDS, seedOf(title, deedName));
      expect(undone).toEqual([]);
      expect(rounds).toBe(ROUNDS);
      expect(late).toBeGreaterThan(ROUNDS / 2);
    },
    60_000,
  );
});

describe.each(['bare http', ...PLATFORMS] as const)('over connections, on %s', (host) => {
  test.each(Object.entries(REASONS))(
    'readers that tell of %s undo nothing',
    async (title, reason) => {
      const stage = await stageOf(reason, (options) => siteOn(host, options));
      for (const [i, deed] of Object.values(DEEDS).entries()) {
        const { late, undone } = await race(stage, reason, deed, 10, seedOf(host, title) + i);
        expect(undone).toEqual([]);
        expect(late).toBeGreaterThan(2);
      }
    },
    60_000,
  );
});

describe.each([false, true])('answers to changes that arrive after a logout (id: %s)', (id) => {
  const reason: Reason = {
    ...always({ duration: '7d', idleDuration: '2d', id }),
    pause: HOUR,
    longestBreak: HOUR,
  };

  /** Races of a logout or login with writers and readers. @returns how many writers were late, and who was seen */
  async function raceOfWriters(act: Act, seed: number): Promise<{ late: number; seen: Set<unknown> }> {
    const chance = new Chance(seed);
    const stage = await stageOf(reason);
    const seen = new Set<unknown>();
    let late = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const visitor = await begin(stage, reason, chance);
      const others = Array.from({ length: chance.between(1, 4) }, (_, i) =>
        planned(chance.coin ? look : mark(i), chance, { latest: 0 }),
      );
      const [end, ...made] = await visitor.make(stage.during, [planned(act, chance, atOnce), ...others]);
      if (made.some((each) => each.act !== look && isLate(each, end!))) late += 1;
      const user: Act = (session) => session.user;
      for (const pause of [0, 10 * MINUTE, DAY]) {
        stage.clock.pass(pause);
        seen.add(await visitor.visit(stage.during, user));
      }
      await visitor.visit(stage.during, enterAs('carol'));
      stage.clock.pass(MINUTE);
      if ((await visitor.visit(stage.during, user)) !== 'carol') seen.add('not carol');
    }
    return { late, seen };
  }

  test('bring nobody back, also not ten minutes or a day later', async () => {
    const { late, seen } = await raceOfWriters(leave, 3);
    expect([...seen]).toEqual([undefined]);
    expect(late).toBeGreaterThan(ROUNDS / 4);
  });

  test('make nobody somebody else after a login', async () => {
    const { late, seen } = await raceOfWriters(enterAs('bob'), 4);
    // A change of the former session replaces the new one, and is refused: the visitor has to log in again.
    expect(seen).toEqual(new Set(['bob', undefined]));
    expect(late).toBeGreaterThan(ROUNDS / 4);
  });
});

describe('sessions that are too large for a cookie beside their own', () => {
  const reason: Reason = { ...REASONS['a new key']!, after: REASONS['a new key']!.during };
  const fill: Act = (session) => void (session.text = 'x'.repeat(2_900));
  const user: Act = (session) => session.user;

  /** A reader that is late after another request. @returns the visitor, and the names of the reader's cookies */
  async function lateReader(act: Act): Promise<{ visitor: LateVisitor; stage: Stage; names: string[] }> {
    const stage = await stageOf(reason);
    const visitor = await begin(stage, reason, new Chance(1));
    await visitor.visit(stage.before, fill);
    const times = { sentAt: 0, answeredAt: 10, arrivesAt: 1_000 };
    const [reader] = await visitor.make(stage.during, [
      { act: look, ...times },
      { act, sentAt: 1, answeredAt: 20, arrivesAt: 30 },
    ]);
    return { visitor, stage, names: reader!.setCookies.map((header) => header.split('=')[0]!) };
  }

  test('are renewed in place, so that a late reader undoes a change', async () => {
    const { visitor, stage, names } = await lateReader(mark('changed'));
    expect(names).toEqual(['session']);
    expect(await visitor.visit(stage.during, (session) => [session.user, session.mark])).toEqual([
      'ada',
      undefined,
    ]);
  });

  test('stay ended after a logout', async () => {
    const { visitor, stage, names } = await lateReader(leave);
    expect(names).toEqual(['session']);
    for (const pause of [0, 10 * MINUTE, 12 * HOUR]) {
      stage.clock.pass(pause);
      expect(await visitor.visit(stage.during, user)).toBeUndefined();
    }
  });

  test('are nobody, and not the former one, after a login', async () => {
    const { visitor, stage, names } = await lateReader(enterAs('bob'));
    expect(names).toEqual(['session']);
    expect(await visitor.visit(stage.during, user)).toBeUndefined();
  });
});

describe.each([
  ['at once', 0],
  ['five days after it was given first', 5 * DAY],
])('a logout while a longer life is given, %s', (_when, pause) => {
  test('holds for as long as this life', async () => {
    const stage = await stageOf({ ...always({ duration: DAY }), pause, longestBreak: 0 });
    const visitor = new LateVisitor(stage.clock);
    const prolong: Act = (session) => session.setDuration('30 days');
    await visitor.visit(stage.before, (session) => {
      enterAs('ada')(session);
      if (pause > 0) prolong(session);
    });
    stage.clock.pass(pause);
    await visitor.make(stage.during, [
      { act: prolong, sentAt: 0, answeredAt: 10, arrivesAt: 1_000 },
      { act: leave, sentAt: 1, answeredAt: 20, arrivesAt: 30 },
    ]);
    for (const days of [0, 0.5, 1, 23, 5, 2]) {
      stage.clock.pass(days * DAY);
      expect(await visitor.visit(stage.during, whole)).toEqual({});
    }
  });
});

describe('a reader that knew less than a change', () => {
  const user: Act = (session) => [session.user, session.mark];
  /** The change begins first, and is answered when the reader has begun. */
  const beside = (change: Act): Planned[] => [
    { act: change, sentAt: 0, answeredAt: 800, arrivesAt: 1_000 },
    { act: look, sentAt: 900, answeredAt: 950, arrivesAt: 1_100 },
  ];

  test('does not undo it when the cookie of the change ends first', async () => {
    const stage = await stageOf({ ...REASONS['activeDuration']!, pause: 0 });
    const visitor = new LateVisitor(stage.clock);
    await visitor.visit(stage.before, enterAs('ada'));
    stage.clock.pass(30 * MINUTE - SECOND / 2);
    const made = await visitor.make(stage.during, beside(mark('changed')));
    expect(made.every(({ setCookies }) => setCookies.length > 0)).toBe(true);
    for (const pause of [10 * MINUTE, 21 * MINUTE]) {
      stage.clock.pass(pause);
      expect(await visitor.visit(stage.after, user)).toEqual(['ada', 'changed']);
    }
  });

  test('does not keep a session beyond the browser that was to end with it', async () => {
    const stage = await stageOf({ ...REASONS['a new key']!, after: REASONS['a new key']!.during });
    const visitor = new LateVisitor(stage.clock);
    await visitor.visit(stage.before, enterAs('ada'));
    stage.clock.pass(HOUR);
    const shorten: Act = (session) => void session.setDuration('1 hour', true);
    await visitor.make(stage.during, beside(shorten));
    expect(await visitor.visit(stage.after, user)).toEqual(['ada', undefined]);
    visitor.jar.closeBrowser();
    expect(await visitor.visit(stage.after, user)).toEqual([undefined, undefined]);
  });
});
