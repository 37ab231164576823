import { setTimeout as pause } from 'node:timers/promises';
import { RedisServer } from '../support/redis.js';
import { watchMachine } from './busy-machine.js';
import { Faults, type FaultTimes } from './faults.js';
import { Judge } from './judge.js';
import { type CrowdSettings, LoginCrowd } from './login-crowd.js';
import { Random } from './random.js';
import { Resources } from './resources.js';
import { Rotation } from './rotation.js';
import { ShopCrowd, type ShopSettings } from './shop-crowd.js';
import type { Target } from './soak-client.js';
import { type News, SoakProcess } from './soak-process.js';
import { SoakRecord } from './soak-record.js';
import type { ClockErrors, Host, Release } from './worker/settings.js';

export interface SoakSettings {
  readonly seed: number;
  /** How long things go wrong: ms. */
  readonly duration: number;
  /** Ends it earlier. */
  readonly signal: AbortSignal;
  /** Only faults with this text in their names happen. */
  readonly only: string | undefined;
  readonly logins: Omit<CrowdSettings, 'prefix'>;
  readonly shop: ShopSettings;
  readonly faults: FaultTimes;
  /** After this time the servers have to be well again: ms. */
  readonly recovery: number;
  /** How often the secret is replaced: ms. */
  readonly rotation: number;
  /** How often a clock is set forward or back: ms. */
  readonly clockSteps: number;
}

/** What a process of each release runs: worker/main.ts as JavaScript, with one of the builds of the library. */
export type Programs = Readonly<Record<Release, string>>;

/** Two live from the beginning to the end, and two are ended again and again. */
const PLACES: readonly { readonly host: Host; readonly release: Release; readonly isMortal: boolean }[] = [
  { host: 'express', release: 1, isMortal: false },
  { host: 'fastify', release: 2, isMortal: false },
  { host: 'express', release: 2, isMortal: true },
  { host: 'fastify', release: 1, isMortal: true },
];

/**
 * A step of a minute leads from one side to the other. So clocks of two machines differ by a minute at most, which is
 * what the package bears.
 */
const CLOCK_ERROR = 30_000;
const CLOCKS: ClockErrors = { sessions: -CLOCK_ERROR, machine: -CLOCK_ERROR };

/** In less time not everything can go wrong: ms. */
const SHORT = 120_000;
const SAMPLE = 3_000;
/** Whoever has no visitors has nothing to do after so long: ms. Servers of Node keep idle connections for 5 seconds. */
const REST = 8_000;

export interface SoakOutcome {
  readonly record: SoakRecord;
  readonly report: string;
}

/**
 * Four processes and one Redis under fire.
 *
 * @param say hears of everything that goes wrong on purpose
 */
export async function soak(
  programs: Programs,
  settings: SoakSettings,
  say: (line: string) => void = () => undefined,
): Promise<SoakOutcome> {
  const { seed, duration } = settings;
  const random = new Random(seed);
  const record = new SoakRecord(say);
  // A killed process loses nothing that it has written. To wait for the disk would let other work on it fail the soak.
  const redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'no');
  const places: SoakProcess[] = [];
  const crowds: (LoginCrowd | ShopCrowd)[] = [];
  try {
    const rotation = new Rotation(
      settings.rotation,
      settings.logins.maxLag,
      () => places,
      () => crowds,
      record,
      say,
    );
    const { maxLag } = settings.logins;
    const mortals: SoakProcess[] = [];
    const times = { ...settings.faults, only: settings.only };
    const faults = new Faults(redis, places, mortals, times, random, say);
    const hear = (news: News, name: string): void => {
      if ('late' in news) faults.machineWasBusy(news.late);
      else say(`${name} says ${news.event}`);
    };
    for (const [i, { host, release, isMortal }] of PLACES.entries()) {
      const name = `${host}-${i}`;
      const first = { host, release, secrets: rotation.first, clocks: CLOCKS, maxLag };
      const place = await SoakProcess.open(name, redis.port, programs, first, record, hear);
      places.push(place);
      if (isMortal) mortals.push(place);
    }
    await Promise.all(places.map((place) => place.restart()));
    const target = (): Target | undefined => random.of(places).current;
    const judge = new Judge(faults, settings.recovery, record);
    const resources = new Resources(
      places.filter((place) => !mortals.includes(place)),
      record,
    );

    const serve = async (prefix: string, act: (isOver: () => boolean) => Promise<unknown>): Promise<void> => {
      const logins = new LoginCrowd(
        { ...settings.logins, prefix },
        target,
        judge,
        rotation.refusedSince,
        random,
        record,
      );
      const shop = new ShopCrowd(settings.shop, target, judge, rotation.endedKeys, random, record);
      crowds.splice(0, crowds.length, logins, shop);
      const lives = Promise.all([logins.live(), shop.live()]);
      let isOver = false;
      const watching = watchMachine(redis, faults, () => isOver);
      try {
        await Promise.race([act(() => isOver), lives]);
      } finally {
        isOver = true;
        for (const crowd of crowds) crowd.leave();
        await lives;
        await watching;
      }
      await pause(REST);
      await resources.sampleIdle();
    };

    say('visitors come, and all is well');
    await serve('early', () => pause(settings.recovery));
    await serve('late', async (isGone) => {
      const end = performance.now() + duration;
      // On a busy machine it takes longer until everything was tried.
      const isTried = (): boolean =>
        settings.only !== undefined ||
        duration < SHORT ||
        (faults.missing.length === 0 && record.counts['secrets revoked'] > 0);
      const isOver = (): boolean =>
        isGone() ||
        settings.signal.aborted ||
        (performance.now() > end && (isTried() || performance.now() > end + duration));
      await Promise.all([
        faults.run(isOver),
        rotation.run(isOver),
        stepClocks(places, settings.clockSteps, random, record, isOver),
        every(SAMPLE, () => resources.sample(), isOver),
      ]);
      say('all is well again');
      await pause(settings.recovery + maxLag);
    });
    resources.judge();
    record.note(`the machine had no turn for somebody for ${Math.round(faults.longestBusy)} ms at most`);
    assertTried(record, settings, faults);
    await Promise.all(places.map((place) => place.close()));
    return { record, report: `${record.report(faults.counts)}\nseed ${seed}` };
  } finally {
    await Promise.all(places.map((place) => place.stop()));
    await redis.stop();
  }
}

/** Sets the clocks that the library is given forward or back, one process after the other. */
async function stepClocks(
  places: readonly SoakProcess[],
  period: number,
  random: Random,
  record: SoakRecord,
  isOver: () => boolean,
): Promise<void> {
  await every(
    period,
    async () => {
      const place = random.of(places);
      await place.setClocks({ ...place.clocks, sessions: -place.clocks.sessions });
      record.count('clocks of sessions set forward or back by a minute');
    },
    isOver,
  );
}

async function every(period: number, act: () => Promise<void>, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await act();
    await pause(period);
  }
}

/** Without this the rest would say nothing. */
function assertTried(record: SoakRecord, { duration, only, rotation }: SoakSettings, faults: Faults): void {
  const { counts } = record;
  const minutes = duration / 60_000;
  const least: Partial<Record<keyof typeof counts, number>> = {
    'answers that prove that nothing was lost': 1_000 * minutes,
    'answers that prove that nothing came back': 100 * minutes,
    'answers that prove that nobody was lost': 300 * minutes,
    'refused copies': 100 * minutes,
    'secrets revoked': Math.min(1, Math.floor(duration / rotation)),
  };
  for (const [what, count] of Object.entries(least)) {
    const seen = counts[what as keyof typeof counts];
    if (seen < count) record.violation('too little was tried', `${what}: ${seen} of ${count}`);
  }
  if (only !== undefined || duration < SHORT) return;
  for (const name of faults.missing) record.violation('too little was tried', `fault: ${name}`);
}
