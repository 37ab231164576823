import { afterEach, describe, expect, test } from '@jest/globals';
import { getSessionInfo } from '../../lib/index.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { Clock, DAY, HOUR, MINUTE, SECOND } from '../support/session.js';
import { type Act, siteInMemory, type SiteOptions } from '../support/sites.js';
import { LateVisitor } from '../support/visitor.js';

// What deployments switch on while sessions of the deployment before are alive.

afterEach(stopServers);

const enter: Act = (session) => {
  session.reset();
  session.user = 'ada';
};
const whole: Act = (session) => ({ ...session });

const LOGINS = (): SiteOptions => ({
  subject: ({ user }: { user?: string }) => user,
  revocations: { store: new MemoryLogins().open() },
});

describe('a session of which the browser has nothing but a copy', () => {
  const ACTIVE: SiteOptions = { duration: HOUR, activeDuration: '30m' };

  /** Comes at the beginning, and again when the copy is written. */
  async function visitorOf(first: SiteOptions, second: SiteOptions, clock: Clock): Promise<LateVisitor> {
    const visitor = new LateVisitor(clock);
    await visitor.visit(siteInMemory({ ...first, now: clock.now }), enter);
    clock.pass(40 * MINUTE);
    await visitor.visit(siteInMemory({ ...second, now: clock.now }), whole);
    return visitor;
  }

  const WAYS: Record<string, (clock: Clock) => Promise<[visitor: LateVisitor, options: SiteOptions]>> = {
    'because it was prolonged': async (clock) => {
      const visitor = await visitorOf(ACTIVE, ACTIVE, clock);
      clock.pass(25 * MINUTE);
      return [visitor, ACTIVE];
    },
    'under a key that is left': async (clock) => {
      const rotated = { duration: HOUR, secret: [OTHER_SECRET, SECRET] };
      return [await visitorOf({ duration: HOUR }, rotated, clock), { duration: HOUR, secret: OTHER_SECRET }];
    },
  };
  const NEWS: Record<string, () => SiteOptions> = { subject: LOGINS, id: () => ({ id: true }) };

  describe.each(Object.keys(WAYS))('%s', (way) => {
    test.each(Object.keys(NEWS))('goes on, and gets an id, when "%s" is switched on', async (news) => {
      const clock = new Clock();
      const [visitor, options] = await WAYS[way]!(clock);
      const browser = await serve(
        ({ session }, response) =>
          response.end(JSON.stringify([session.user, getSessionInfo(session as object).id])),
        { ...options, ...NEWS[news]!(), now: clock.now },
      );
      const answer = await browser.get('/', { headers: { cookie: visitor.jar.headerFor('/') } });
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual(['ada', expect.stringMatching(/^[\w-]{22}$/)]);
    });
  });
});

describe.each<[option: string, SiteOptions]>([
  ['id', { id: true }],
  ['idleDuration', { idleDuration: '12h' }],
])('while "%s" is switched on, server by server', (_option, news) => {
  test.each<[what: string, Act]>([
    ['a change', (session) => void (session.mark = 1)],
    ['a reader', whole],
  ])('a logout on a new server holds, also if %s on an old one arrives later', async (_what, act) => {
    const clock = new Clock();
    const sites = [{}, news].map((own) => siteInMemory({ duration: 7 * DAY, ...own, now: clock.now }));
    const [before, after] = [sites[0]!, sites[1]!];
    const visitor = new LateVisitor(clock);
    await visitor.visit(before, enter);
    clock.pass(HOUR);
    const late = await before.begin(visitor.jar.headerFor('/'), act);
    await visitor.visit(after, (session) => session.destroy());
    for (const header of (await late.answer()).setCookies) visitor.jar.store(header, '/');
    for (const pause of [SECOND, DAY]) {
      clock.pass(pause);
      expect(await visitor.visit(after, whole)).toEqual({});
      expect(await visitor.visit(before, whole)).toEqual({});
    }
  });
});
