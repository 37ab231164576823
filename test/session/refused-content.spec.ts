import { describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import type { ContentIssue } from '../../lib/index.js';
import { ContentModel } from '../../lib/session/content-model.js';
import type { ContentOptions } from '../../lib/session/content-options.js';
import { RESERVED_NAMES } from '../../lib/session/reserved-names.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { Workshop } from '../support/session.js';

/** What a policy gets to see of a text, and what became of it. */
function refuse(text: string, options: ContentOptions = {}) {
  const onInvalid = jest.fn((_issues: readonly ContentIssue[], _raw: unknown): object => ({
    recovered: true,
  }));
  const reading = new ContentModel('cart', { ...options, onInvalid }).read(text, undefined);
  expect(onInvalid).toHaveBeenCalledTimes(1);
  const [issues, raw] = onInvalid.mock.calls[0]!;
  return { issues, raw, reading };
}

describe('onInvalid gets what was stored', () => {
  test.each([...RESERVED_NAMES])('as an object, where a key is named %s', (name) => {
    const { raw, issues, reading } = refuse(`{"user":42,"${name}":{"a":1}}`);
    expect(Object.entries(raw as object)).toEqual([
      ['user', 42],
      [name, { a: 1 }],
    ]);
    expect(issues).toEqual([{ path: name, message: 'must not be named like a method of the session' }]);
    expect(reading).toMatchObject({ ok: true, content: { recovered: true }, isChanged: true });
  });

  test.each([
    ['an array', '[{"user":42}]', [{ user: 42 }]],
    ['a text', '"user"', 'user'],
    ['a number', '42', 42],
    ['a boolean', 'false', false],
    ['null', 'null', null],
  ])('as the value it is, where that is %s', (_title, text, value) => {
    const { raw, issues } = refuse(text);
    expect(raw).toEqual(value);
    expect(issues).toEqual([{ path: '', message: 'must be an object with named properties' }]);
  });

  test('with what the codec carries', () => {
    const { raw } = refuse('~{"save":1,"since":{"$date":0}}', { codec: 'structured' });
    expect(raw).toEqual({ save: 1, since: new Date(0) });
    expect(refuse('~[{"$date":0}]', { codec: 'structured' }).raw).toEqual([new Date(0)]);
    const codec = {
      stringify: (content: object) => `v:${JSON.stringify(content)}`,
      parse: (text: string) => JSON.parse(text.slice(2)) as unknown,
    };
    expect(refuse('v:{"save":1}', { codec }).raw).toEqual({ save: 1 });
  });

  test.each(['', '{', '{"user":42', 'undefined', '~~{}'])('as text, where it does not parse: %j', (text) => {
    const { raw, issues } = refuse(text);
    expect(raw).toBe(text);
    expect(issues).toEqual([{ path: '', message: 'must be text of this codec' }]);
  });

  test('so that a key can be renamed, and the schema has the last word', () => {
    const schema = z.object({ user: z.number().optional(), saved: z.boolean().optional() });
    const renaming = (_issues: readonly ContentIssue[], raw: unknown): object => {
      const { save: saved, ...rest } = raw as Record<string, unknown>;
      return { ...rest, saved };
    };
    const model = new ContentModel('cart', { schema, onInvalid: renaming });
    expect(model.read('{"user":42,"save":true}', undefined)).toMatchObject({
      ok: true,
      content: { user: 42, saved: true },
      isChanged: true,
    });
    expect(model.read('{"user":42,"save":"yes"}', undefined)).toMatchObject({ ok: false, reason: 'content' });
  });

  test('and cannot hand back what is refused', () => {
    const same = new ContentModel('cart', { onInvalid: (_issues, raw) => raw as object });
    for (const text of ['{"save":1}', '{"__proto__":{"admin":true}}', '[1]', '"a"', 'null']) {
      expect(same.read(text, undefined)).toMatchObject({ ok: false, reason: 'content', isKept: false });
    }
  });
});

test.each(['reset', 'keep'] as const)('onInvalid: %s is about such content, too', (onInvalid) => {
  const reading = new ContentModel('cart', { onInvalid }).read('{"save":1}', undefined);
  expect(reading).toMatchObject({ ok: false, reason: 'content', isKept: onInvalid === 'keep' });
});

describe('a session of a newer release is kept', () => {
  const release1 = new Workshop({ version: 1 });
  const release2 = new Workshop({ clock: release1.clock, version: 2, migrate: { 1: (old: object) => old } });
  const newer = release2.cookieOf({ items: ['tea'] });
  const forged = newer.slice(0, newer.length / 2);
  const { time } = release1.clock;
  const times = {
    createdAt: time,
    startedAt: time,
    expiresAt: time + 1_000,
    ownDuration: false,
    renewed: false,
  };
  const hollow = release1.sealer.seal({ ...times, json: '[]' });

  test.each([
    ['alone', [newer]],
    ['after a forged cookie', [forged, newer]],
    ['before a forged cookie', [newer, forged]],
    ['after a genuine one without content', [hollow, newer]],
    ['between both', [forged, newer, hollow]],
  ])('%s', (_title, cookies) => {
    const state = release1.open(...cookies);
    expect({ ...state.object }).toEqual({});
    expect(state.info().refused).toBe('newer-version');
    state.object['items'] = ['coffee'];
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('and a change that is not stored is told of, once, with the reason', () => {
    const workshop = new Workshop({ clock: release1.clock });
    const state = workshop.open(newer);
    state.object['items'] = ['coffee'];
    state.save();
    state.conclude();
    expect(workshop.events).toEqual([
      { type: 'refused', session: 'cart', reason: 'newer-version', version: 2, issues: [] },
      { type: 'lost', session: 'cart', error: expect.objectContaining({ code: 'ERR_SESSION_KEPT' }) },
    ]);
    expect((workshop.events[1] as { error: Error }).error.message).toContain('(newer-version)');
  });

  test.each<[string, (state: SessionState) => void]>([
    ['only read', () => undefined],
    ['changed and changed back', ({ object }) => ((object['a'] = 1), delete object['a'])],
    ['given up by reset()', (state) => state.reset()],
    ['given up by destroy()', (state) => state.destroy()],
  ])('and nothing is told of one that was %s', (_title, act) => {
    const workshop = new Workshop({ clock: release1.clock });
    const state = workshop.open(newer);
    act(state);
    state.conclude();
    expect(workshop.events.map(({ type }) => type)).toEqual(['refused']);
  });

  test('but not where there is none', () => {
    const state = release1.open(forged, hollow);
    state.object['items'] = ['coffee'];
    expect(state.conclude()).toMatchObject({ type: 'write' });
  });
});

test('a refusal is told with what was found, and without it where nothing was read', () => {
  const workshop = new Workshop();
  const { time } = workshop.clock;
  const times = { createdAt: time, startedAt: time, expiresAt: time + 1, ownDuration: false, renewed: false };
  workshop.open(workshop.sealer.seal({ ...times, json: '[]' }));
  workshop.open('junk');
  const issues = [{ path: '', message: 'must be an object with named properties' }];
  expect(workshop.events).toStrictEqual([
    { type: 'refused', session: 'cart', reason: 'content', version: 1, issues },
    { type: 'refused', session: 'cart', reason: 'unknown-version' },
  ]);
});
