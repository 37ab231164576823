import { describe, expect, jest, test } from '@jest/globals';
import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { VersionedSealer } from '../../lib/sealing/versioned-sealer.js';
import { SessionState } from '../../lib/session/session-state.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, keep, MINUTE, textOf, Workshop } from '../support/session.js';

const MOST = 4_096 - 'cart.r'.length;

describe('content that is sealed anew', () => {
  /** How a session of so much content is carried over to a new secret. */
  function carried(length: number): { type: string; size: number; isSafe: boolean } {
    const clock = new Clock();
    const before = new Workshop({ clock, secret: SECRET });
    const content = before.cookieOf({ text: 'x'.repeat(length) });
    const outcome = new Workshop({ clock, secret: [OTHER_SECRET, SECRET] }).open(content).conclude();
    const kept = keep({ content }, outcome);
    const { object } = new Workshop({ clock, secret: OTHER_SECRET }).openKept(kept);
    return {
      type: outcome.type,
      size: kept.renewal?.length ?? 0,
      isSafe: object['text'] === 'x'.repeat(length),
    };
  }

  test('stands beside the session as long as it fits into a cookie, and else in its place', () => {
    const all = Array.from({ length: 20 }, (_, i) => carried(2_980 + i));
    expect(all.every(({ isSafe }) => isSafe)).toBe(true);
    const besides = all.filter(({ type }) => type === 'renew');
    expect(Math.max(...besides.map(({ size }) => size))).toBe(MOST);
    expect(new Set(all.slice(besides.length).map(({ type }) => type))).toEqual(new Set(['write']));
  });
});

test('what a newer release seals anew is all there is when the old secret ends, and an older release keeps it', () => {
  const clock = new Clock();
  const older = (secret: string | string[]): Workshop => new Workshop({ clock, version: 1, secret });
  const newer = (secret: string | string[]): Workshop =>
    new Workshop({ clock, version: 2, migrate: { 1: (content) => content }, secret });
  const content = older(SECRET).cookieOf({ items: 'tea' });
  const kept = newer([OTHER_SECRET, SECRET]).goOn({ content });
  expect(kept).toEqual({ content, renewal: expect.any(String) });
  expect(older([OTHER_SECRET, SECRET]).openKept(kept).object).toEqual({ items: 'tea' });
  const refused = older(OTHER_SECRET).openKept(kept);
  refused.object['items'] = 'coffee';
  expect(refused.info().refused).toBe('newer-version');
  expect(keep(kept, refused.conclude())).toBe(kept);
  expect(newer(OTHER_SECRET).openKept(kept).object).toEqual({ items: 'tea' });
});

test('a session that cannot be sealed anew stays as it is, and that is told of', () => {
  const clock = new Clock();
  const content = new Workshop({ clock, secret: SECRET }).cookieOf({ user: 'ada' });
  const workshop = new Workshop({ clock, secret: [OTHER_SECRET, SECRET] });
  const error = new RangeError('of the runtime');
  const seal = jest.spyOn(VersionedSealer.prototype, 'seal').mockImplementationOnce(() => {
    throw error;
  });
  expect(workshop.open(content).conclude()).toEqual({ type: 'keep' });
  seal.mockRestore();
  expect(workshop.events).toEqual([{ type: 'lost', session: 'cart', error }]);
});

test('a note of use needs no room for content, and is written however full the header is', () => {
  const clock = new Clock();
  const options = { name: 'cart', secret: SECRET, duration: HOUR, idleDuration: 30 * MINUTE, now: clock.now };
  const [resolved] = resolveSessions(options);
  const secrets = startSecrets([resolved!]).get(resolved!)!;
  const cookies = new SessionCookies(resolved!, secrets, () => undefined, { renewalLimit: 10 });
  const open = (arrived: Record<string, string>): SessionState =>
    new SessionState(
      cookies.session,
      cookies.candidatesAmong(new Map(Object.entries(arrived).map(([name, value]) => [name, [value]]))),
    );
  const begun = open({});
  begun.object['user'] = 'ada';
  const cart = textOf(begun.conclude());
  clock.pass(20 * MINUTE);
  const outcome = open({ cart }).conclude();
  expect(outcome.type).toBe('renew');
  clock.pass(20 * MINUTE);
  expect(open({ cart }).info().refused).toBe('idle');
  expect(open({ cart, 'cart.r': textOf(outcome) }).object['user']).toBe('ada');
});

describe('while no secret may seal', () => {
  /** A server whose secret has run out, and whose next one only opens as yet. Another server seals with it. */
  function begin(): { workshop: Workshop; content: string } {
    const clock = new Clock();
    const lives = { clock, duration: HOUR, activeDuration: 50 * MINUTE };
    const content = new Workshop({ ...lives, secret: OTHER_SECRET }).cookieOf({ user: 'ada' });
    const secret = [
      { secret: OTHER_SECRET, notBefore: clock.time + DAY },
      { secret: SECRET, expires: clock.time + MINUTE },
    ];
    const workshop = new Workshop({ ...lives, secret });
    clock.pass(20 * MINUTE);
    return { workshop, content };
  }

  test('a session in use can be read, and its browser keeps its cookie', () => {
    const { workshop, content } = begin();
    const state = workshop.open(content);
    expect(state.save()).toEqual({ type: 'keep' });
    expect(state.object['user']).toBe('ada');
    expect(state.conclude()).toEqual({ type: 'keep' });
    expect(workshop.events).toEqual([]);
  });

  test('a session can be left, although no list can name it', () => {
    const { workshop, content } = begin();
    const state = workshop.open(content);
    state.destroy();
    expect(state.conclude()).toEqual({ type: 'delete', ended: undefined });
  });

  test('a change is lost, and told of', () => {
    const { workshop, content } = begin();
    const state = workshop.open(content);
    state.object['user'] = 'bob';
    expect(state.conclude()).toMatchObject({ type: 'failed', isNews: true });
    expect(workshop.events).toMatchObject([{ type: 'lost', error: { code: 'ERR_NO_SEALING_KEY' } }]);
  });
});
