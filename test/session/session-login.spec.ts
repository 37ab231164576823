import { describe, expect, test } from '@jest/globals';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import type { SessionLogins } from '../../lib/http/session-logins.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { Login } from '../../lib/sealing/login.js';
import type { SessionRecord } from '../../lib/sealing/session-record.js';
import type { LifetimeOptions } from '../../lib/session/lifetime.js';
import type { LoginOfSession, LoginRules, SubjectLogin } from '../../lib/session/login-rules.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import { SessionState } from '../../lib/session/session-state.js';
import { SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, keep, type Kept, textOf, Workshop } from '../support/session.js';

/** Logins that a test ends by hand. */
class Rules implements LoginRules {
  readonly endedIds = new Set<string>();
  readonly usedLogins: LoginOfSession[] = [];
  readonly endedGenerations = new Set<string>();
  generation = Buffer.alloc(8, 1);
  /** That of a login that goes on, if it changes. */
  nextGeneration: Buffer | undefined;
  isDown = false;
  isConfused = false;

  subjectOf(content: object): string | undefined {
    if (this.isConfused) throw new TypeError('of the application');
    return (content as { user?: string }).user;
  }

  loginIn(content: object, { id, generation }: SessionRecord): SubjectLogin | undefined {
    const subject = this.subjectOf(content);
    return subject === undefined ? undefined : { subject, id: id!, generation: generation! };
  }

  isEnded(login: Login): boolean {
    return this.hasEnded(login);
  }

  hasEnded({ id, generation }: Login): boolean {
    return this.endedIds.has(id.toString('hex')) || this.endedGenerations.has(generation.toString('hex'));
  }

  generationOf(): Buffer {
    if (this.isDown) throw new LoginsUnavailableError('Nobody can say who is logged in');
    return Buffer.from(this.generation);
  }

  nextGenerationOf({ generation }: SubjectLogin): Buffer {
    return this.nextGeneration ?? generation;
  }

  used(login: LoginOfSession): void {
    this.usedLogins.push(login);
  }

  end({ id }: Login): void {
    this.endedIds.add(id.toString('hex'));
  }
}

/** A site with one session that can be a login. */
class Site {
  readonly clock: Clock;
  readonly rules = new Rules();
  readonly events: SessionEvent[] = [];
  readonly #cookies: SessionCookies;

  constructor(lifetime: LifetimeOptions = { absoluteDuration: 2 * DAY }, clock: Clock = new Clock()) {
    this.clock = clock;
    const [resolved] = resolveSessions({
      name: 'auth',
      secret: SECRET,
      ...lifetime,
      subject: (content) => (content as { user?: string }).user,
      now: this.clock.now,
    });
    const secrets = startSecrets([resolved!]).get(resolved!)!;
    const logins = { rulesOf: () => this.rules } as unknown as SessionLogins;
    const report = (event: SessionEvent): void => void this.events.push(event);
    this.#cookies = new SessionCookies(resolved!, secrets, report, { logins });
  }

  open({ content, renewal, ending }: Kept = {}, mode?: 'read-only'): SessionState {
    const arrived = Object.entries({ auth: content, 'auth.r': renewal, 'auth.x': ending }).flatMap(
      ([name, text]): [string, string[]][] => (text === undefined ? [] : [[name, [text]]]),
    );
    return new SessionState(this.#cookies.session, this.#cookies.candidatesAmong(new Map(arrived)), mode);
  }

  goOn(kept: Kept, act: (state: SessionState) => void): Kept {
    const state = this.open(kept);
    act(state);
    return keep(kept, state.conclude());
  }

  /** A browser in which somebody is logged in. */
  enter(user = 'ada'): Kept {
    return this.goOn({}, enter(user));
  }
}

const enter =
  (user: string) =>
  (state: SessionState): void =>
    void (state.object['user'] = user);
const idOf = (login: Login | undefined): string | undefined => login?.id.toString('base64url');

describe('a login', () => {
  test('begins with its subject, and is begun when it is sealed', () => {
    const site = new Site();
    const state = site.open();
    expect([state.login(), state.begunLogin]).toEqual([undefined, undefined]);
    enter('ada')(state);
    const { time } = site.clock;
    const login = {
      subject: 'ada',
      id: Buffer.from(state.info().id!, 'base64url'),
      generation: site.rules.generation,
      startedAt: time,
      expiresAt: time + DAY,
      latestEnd: time + 2 * DAY,
    };
    expect(state.login()).toEqual(login);
    expect(state.begunLogin).toBeUndefined();
    state.save();
    expect(state.begunLogin).toEqual(login);
  });

  describe.each<[string, (state: SessionState) => void]>([
    ['', () => undefined],
    [', changed', (state) => void (state.object['visits'] = 1)],
    [', shortened', (state) => state.setDuration('1 minute')],
    [', begun anew', (state) => state.reset(['user'])],
    [', destroyed', (state) => state.destroy()],
  ])('under a shorter absoluteDuration%s', (_name, act) => {
    test('is over when the cookie that arrived is over under a longer one', () => {
      const before = new Site({ duration: DAY, absoluteDuration: 2 * DAY });
      const ada = before.enter();
      const { time } = before.clock;
      const site = new Site(
        { duration: HOUR, activeDuration: HOUR, absoluteDuration: 2 * HOUR },
        before.clock,
      );
      site.clock.pass(HOUR / 2);
      const state = site.open(ada);
      act(state);
      expect(state.login()!.latestEnd).toBe(time + DAY);
    });

    test('is over when its renewals are over', () => {
      const lifetime = { duration: DAY, activeDuration: DAY, absoluteDuration: 3 * DAY };
      const before = new Site(lifetime);
      const ada = before.enter();
      const { time } = before.clock;
      before.clock.pass(HOUR / 2);
      const renewed = before.goOn(ada, () => undefined);
      expect(renewed.renewal).toBeDefined();
      const site = new Site({ duration: HOUR, absoluteDuration: 2 * HOUR }, before.clock);
      const state = site.open(renewed);
      act(state);
      expect(state.login()!.latestEnd).toBe(time + 2 * DAY);
    });
  });

  test('goes on, is told to be in use, and begins no more when the session is changed', () => {
    const site = new Site();
    const begun = site.enter();
    site.clock.pass(HOUR);
    site.rules.generation = Buffer.alloc(8, 2);
    const state = site.open(begun);
    const login = state.login();
    expect(site.rules.usedLogins).toEqual([login]);
    expect(login).toMatchObject({ subject: 'ada', generation: Buffer.alloc(8, 1) });
    state.object['n'] = 1;
    state.save();
    expect(state.begunLogin).toBeUndefined();
    const after = site.open(keep(begun, state.conclude()));
    expect(after.login()).toEqual(login);
  });

  test('goes on through reset() and regenerate() that keep it, with its id', () => {
    for (const act of ['reset', 'regenerate'] as const) {
      const site = new Site();
      const begun = site.enter();
      const id = idOf(site.open(begun).login());
      site.clock.pass(HOUR);
      const state = site.open(begun);
      state[act](['user']);
      expect(state.info().id).toBe(id);
      state.save();
      expect(state.begunLogin).toBeUndefined();
      expect(idOf(site.open(keep(begun, state.conclude())).login())).toBe(id);
    }
  });

  test.each<[string, (state: SessionState) => void, string]>([
    ['of somebody else in the same session', enter('bob'), 'bob'],
    [
      'of somebody else after reset()',
      (state) => {
        state.reset();
        enter('bob')(state);
      },
      'bob',
    ],
    [
      'of the same one after reset()',
      (state) => {
        state.reset();
        enter('ada')(state);
      },
      'ada',
    ],
    [
      'of the same one after destroy()',
      (state) => {
        state.destroy();
        enter('ada')(state);
      },
      'ada',
    ],
  ])('is followed by another one, %s', (_title, act, subject) => {
    const site = new Site();
    const begun = site.enter();
    site.clock.pass(HOUR);
    site.rules.generation = Buffer.alloc(8, 2);
    const state = site.open(begun);
    const brought = state.login();
    act(state);
    state.save();
    expect(state.begunLogin).toMatchObject({ subject, generation: Buffer.alloc(8, 2) });
    if (subject === 'ada') expect(idOf(state.begunLogin)).not.toBe(idOf(brought));
    expect(site.open(keep(begun, state.conclude())).login()).toEqual(state.begunLogin);
  });

  test('is known to the request that leaves it', () => {
    const site = new Site();
    const begun = site.enter();
    const state = site.open(begun);
    const brought = state.login();
    state.destroy();
    expect(state.login()).toEqual(brought);
    state.reload();
    expect(state.login()).toEqual(brought);
    delete state.object['user'];
    expect(state.login()).toEqual(brought);
  });

  test('that has ended is none any more, and neither is a connection with it', () => {
    const site = new Site();
    const begun = site.enter();
    const connection = site.open(begun, 'read-only');
    expect(connection.stands()).toBe(true);
    site.rules.end(connection.login()!);
    expect(connection.stands()).toBe(false);
    const state = site.open(begun);
    expect(state.object).toEqual({});
    expect(state.info().refused).toBe('ended');
    expect(state.login()).toBeUndefined();
  });

  test('that ends in the middle of a request stays ended, whatever that request seals', () => {
    for (const act of [
      (state: SessionState) => (state.object['n'] = 1),
      (state: SessionState) => state.reset(['user']),
    ]) {
      const site = new Site();
      const begun = site.enter();
      const state = site.open(begun);
      site.rules.end(state.login()!);
      site.rules.generation = Buffer.alloc(8, 2);
      act(state);
      const after = keep(begun, state.conclude());
      expect(after.content).not.toBe(begun.content);
      expect(site.open(after).info().refused).toBe('ended');
    }
  });

  test('that ends with all of its subject does not go on under the next generation', () => {
    const site = new Site();
    const begun = site.enter();
    const state = site.open(begun);
    site.rules.endedGenerations.add(state.login()!.generation.toString('hex'));
    site.rules.nextGeneration = Buffer.alloc(8, 2);
    state.object['n'] = 1;
    expect(site.open(keep(begun, state.conclude())).info().refused).toBe('ended');
  });

  test('goes on under the next generation otherwise', () => {
    const site = new Site();
    const begun = site.enter();
    site.rules.nextGeneration = Buffer.alloc(8, 2);
    const after = site.goOn(begun, (state) => (state.object['n'] = 1));
    expect(site.open(after).login()!.generation).toEqual(Buffer.alloc(8, 2));
  });

  test('is sealed once for a request, however often that is asked', () => {
    const site = new Site();
    const state = site.open();
    enter('ada')(state);
    const saved = state.save();
    expect(saved.type).toBe('write');
    expect(state.conclude()).toEqual(saved);
  });

  test('of somebody else begins, also under the same generation', () => {
    const site = new Site();
    const state = site.open(site.enter());
    enter('bob')(state);
    state.save();
    expect(state.begunLogin).toMatchObject({ subject: 'bob' });
  });

  test('does not end with an earlier one of the same session', () => {
    const site = new Site();
    const begun = site.enter();
    const left = site.goOn(begun, (state) => delete state.object['user']);
    site.rules.end(site.open(begun).login()!);
    const state = site.open(left);
    enter('ada')(state);
    state.save();
    const first = idOf(state.begunLogin);
    expect(first).not.toBe(state.info().id);
    const after = site.open(keep(left, state.conclude()));
    expect(idOf(after.login())).toBe(first);
    expect(after.object['user']).toBe('ada');
  });
});

describe('a login that is renewed', () => {
  const begin = (): { site: Site; begun: Kept; state: SessionState; id: string | undefined } => {
    const site = new Site();
    const begun = site.enter();
    site.clock.pass(HOUR);
    const state = site.open(begun);
    const id = idOf(state.login());
    site.rules.generation = Buffer.alloc(8, 2);
    return { site, begun, state, id };
  };

  test('gets the generation of that moment, and is written without a change', () => {
    const { site, begun, state, id } = begin();
    state.renewLogin('ada');
    site.rules.generation = Buffer.alloc(8, 3);
    const outcome = state.conclude();
    expect(outcome.type).toBe('write');
    const { generation, ...login } = site.open(keep(begun, outcome)).login()!;
    expect(generation).toEqual(Buffer.alloc(8, 2));
    expect(idOf({ generation, ...login })).toBe(id);
    expect(state.begunLogin).toMatchObject({ subject: 'ada', generation });
  });

  test('is sealed again where the session was sealed before', () => {
    const { site, begun, state } = begin();
    state.object['n'] = 1;
    state.save();
    state.renewLogin('ada');
    const after = site.open(keep(begun, state.conclude()));
    expect(after.login()!.generation).toEqual(Buffer.alloc(8, 2));
  });

  test('keeps its id and its generation through reset() with it, and not through one without it', () => {
    for (const [keepUser, generation, isSame] of [
      [['user'], Buffer.alloc(8, 2), true],
      [[], Buffer.alloc(8, 3), false],
    ] as const) {
      const { site, begun, state, id } = begin();
      state.renewLogin('ada');
      site.rules.generation = Buffer.alloc(8, 3);
      state.reset(keepUser);
      enter('ada')(state);
      const { login } = { login: site.open(keep(begun, state.conclude())).login()! };
      expect(login.generation).toEqual(generation);
      expect(idOf(login) === id).toBe(isSame);
    }
  });

  test('after reset() without it gets the generation of that moment, too, until the next reset()', () => {
    for (const [isResetAgain, generation] of [
      [false, Buffer.alloc(8, 2)],
      [true, Buffer.alloc(8, 3)],
    ] as const) {
      const { site, begun, state } = begin();
      state.reset();
      state.renewLogin('ada');
      if (isResetAgain) state.reset();
      site.rules.generation = Buffer.alloc(8, 3);
      enter('ada')(state);
      expect(site.open(keep(begun, state.conclude())).login()!.generation).toEqual(generation);
    }
  });

  test('gives its generation to nobody else', () => {
    const { site, begun, state } = begin();
    state.renewLogin('ada');
    site.rules.generation = Buffer.alloc(8, 3);
    enter('bob')(state);
    expect(site.open(keep(begun, state.conclude())).login()).toMatchObject({
      subject: 'bob',
      generation: Buffer.alloc(8, 3),
    });
  });

  test('stays as it was after reload()', () => {
    const { site, begun, state } = begin();
    state.renewLogin('ada');
    state.reload();
    state.object['n'] = 1;
    expect(site.open(keep(begun, state.conclude())).login()!.generation).toEqual(Buffer.alloc(8, 1));
  });

  test('does not bring back what was destroyed', () => {
    const { state } = begin();
    state.destroy();
    state.renewLogin('ada');
    expect(state.conclude().type).toBe('delete');
  });

  test('is nothing where nobody is logged in, and too late after the head', () => {
    const site = new Site();
    const state = site.open();
    site.rules.isDown = true;
    state.renewLogin('ada');
    expect(state.begunLogin).toBeUndefined();
    expect(textOf(state.conclude())).toEqual(expect.any(String));
    expect(() => state.renewLogin('ada')).toThrow('response head');
  });
});

describe('while nobody can tell of logins', () => {
  test('none begins, and the response says that it is not available', () => {
    const site = new Site();
    site.rules.isDown = true;
    const state = site.open();
    enter('ada')(state);
    expect(state.conclude()).toEqual({ type: 'failed', isNews: true, status: 503 });
    expect(site.events).toMatchObject([{ type: 'lost', error: { code: 'ERR_LOGINS_UNAVAILABLE' } }]);
  });

  test('one goes on', () => {
    const site = new Site();
    const begun = site.enter();
    site.rules.isDown = true;
    const after = site.goOn(begun, (state) => (state.object['n'] = 1));
    expect(site.open(after).object).toEqual({ user: 'ada', n: 1 });
  });
});

describe('a function "subject" that fails', () => {
  test('for content that arrives: the session is refused, with a warning that quotes no content', () => {
    const site = new Site();
    const begun = site.enter();
    site.rules.isConfused = true;
    const state = site.open(begun);
    expect(state.object).toEqual({});
    expect(state.info().refused).toBe('content');
    const [warning] = site.events;
    expect(warning).toMatchObject({ type: 'warning', session: 'auth' });
    expect((warning as { message: string }).message).toMatch(
      /"auth".*"subject".*TypeError.*return undefined/,
    );
    expect((warning as { message: string }).message).not.toContain('ada');
  });

  test('for what reset() keeps: the login does not go on', () => {
    const site = new Site();
    const begun = site.enter();
    site.clock.pass(HOUR);
    const state = site.open(begun);
    const id = idOf(state.login());
    site.rules.isConfused = true;
    state.reset(['user']);
    site.rules.isConfused = false;
    expect(idOf(site.open(keep(begun, state.conclude())).login())).not.toBe(id);
  });
});

test('a session that can be no login has none', () => {
  const workshop = new Workshop();
  const state = workshop.open(workshop.cookieOf({ user: 'ada' }));
  expect(state.login()).toBeUndefined();
  state.renewLogin('ada');
  expect(state.begunLogin).toBeUndefined();
  expect(workshop.open(textOf(state.conclude())).object).toEqual({ user: 'ada' });
});

test('a session in which nobody is logged in has no login', () => {
  const site = new Site();
  const kept = site.goOn({}, (state) => (state.object['n'] = 1));
  const state = site.open(kept);
  expect(state.login()).toBeUndefined();
  expect(site.rules.usedLogins).toEqual([]);
  state.object['n'] = 2;
  state.save();
  expect(state.begunLogin).toBeUndefined();
});
