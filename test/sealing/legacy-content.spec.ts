import { describe, expect, test } from '@jest/globals';
import ancestor from 'client-sessions';
import fc from 'fast-check';
import { fromLegacyContent, toLegacyContent } from '../../lib/sealing/legacy-content.js';
import { parseJson } from '../../lib/session/json.js';
import { RESERVED_NAMES } from '../../lib/session/reserved-names.js';
import { Workshop } from '../support/session.js';
import { cases } from '../support/size.js';

const METHODS = [...RESERVED_NAMES].filter((name) => name !== '__proto__');

const from = (content: unknown): unknown => JSON.parse(fromLegacyContent(JSON.stringify(content)));

describe('keys of old content', () => {
  test('are renamed where a method of the session has their name, by one underscore', () => {
    const old = Object.fromEntries(METHODS.map((name, i) => [name, i]));
    const ours = Object.fromEntries(METHODS.map((name, i) => [`${name}_`, i]));
    expect(METHODS.length).toBeGreaterThan(0);
    expect(from({ user: 42, ...old })).toEqual({ user: 42, ...ours });
  });

  test('give way, so that no two of them become one', () => {
    expect(from({ save: 1, save_: 2, save__: 3 })).toEqual({ save_: 1, save__: 2, save___: 3 });
    expect(from({ save_: 2 })).toEqual({ save__: 2 });
  });

  test.each([
    ['deeper ones', { form: { save: 1, list: [{ reset: 2 }] } }],
    ['values', { last: 'save', buttons: ['reset', 'save'] }],
    ['those that only resemble a method', { saved: 1, Save: 2, _save: 3, resetAt: 4, 'save ': 5 }],
    ['texts that look like JSON', { note: '{"save":1}', 'a"b': '},"reset":{', '\\': '\\"' }],
  ])('stay as they are: %s', (_title, content) => {
    expect(from(content)).toEqual(content);
    expect(from({ ...content, save: 1 })).toEqual({ ...content, save_: 1 });
  });

  test.each(['', 'null', '"save"', '7', '[{"save":1}]', '{"save"', '{', '"', '{"a":"\\', '}}"save":{{'])(
    'are not looked for in text that is no object: %j',
    (text) => {
      expect(() => fromLegacyContent(text)).not.toThrow();
      expect(() => toLegacyContent(text)).not.toThrow();
      if (!text.startsWith('{')) expect(fromLegacyContent(text)).toBe(text);
    },
  );

  test('are all that changes: order, numbers and white space keep their spelling', () => {
    const text = '{ "z":-0, "reset" :1e400,"a":{"save":[1.50]} ,"save":"\\u00e9" }';
    const ours = '{ "z":-0, "reset_" :1e400,"a":{"save":[1.50]} ,"save_":"\\u00e9" }';
    expect(fromLegacyContent(text)).toBe(ours);
    expect(toLegacyContent(ours)).toBe(text);
  });

  test('leave __proto__ to be refused', () => {
    const text = '{"__proto__":{"admin":true},"save":1}';
    expect(fromLegacyContent(text)).toBe('{"__proto__":{"admin":true},"save_":1}');
  });

  test('come back as they were, whatever they are', () => {
    const key = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(fc.constantFrom(...RESERVED_NAMES, 'user'), fc.nat(3))
        .map(([name, underscores]) => name + '_'.repeat(underscores)),
    );
    const content = fc.dictionary(key, fc.jsonValue({ stringUnit: 'binary' }), { maxKeys: 6 });
    fc.assert(
      fc.property(content, (old) => {
        const text = JSON.stringify(old);
        const ours = fromLegacyContent(text);
        const keys = Object.keys(parseJson(ours) as object);
        expect(toLegacyContent(ours)).toBe(text);
        expect(keys).toHaveLength(Object.keys(old).length);
        expect(keys.filter((each) => METHODS.includes(each))).toEqual([]);
      }),
      { numRuns: cases(2_000) },
    );
  });
});

describe('a session with such keys', () => {
  const OLD_SECRET = 'the-secret-of-client-sessions';
  const theirs = { cookieName: 'cart', secret: OLD_SECRET };
  const legacy = { secret: OLD_SECRET, acceptUntil: new Date('2100-01-01') };
  const content = {
    user: 42,
    reset: 'a',
    destroy: 1,
    setDuration: [2],
    regenerate: {},
    save: true,
    save_: 3,
  };
  const renamed = {
    user: 42,
    reset_: 'a',
    destroy_: 1,
    setDuration_: [2],
    regenerate_: {},
    save_: true,
    save__: 3,
  };
  const oldCookie = (workshop: Workshop): string =>
    ancestor.util.encode({ ...theirs }, content, 86_400_000, workshop.clock.time);

  test('is carried over, and sealed anew under the names it has now', () => {
    const workshop = new Workshop({ legacy });
    const kept = workshop.goOn({ content: oldCookie(workshop) });
    expect(kept.renewal).not.toContain('.');
    const state = new Workshop({ clock: workshop.clock }).openKept({ renewal: kept.renewal });
    expect({ ...state.object }).toEqual(renamed);
    expect(state.info()).toMatchObject({ isNew: false });
    expect(workshop.events).toEqual([]);
  });

  test('goes back to legacy servers under the names that they know', () => {
    const workshop = new Workshop({ legacy: { ...legacy, write: true } });
    const cookie = workshop.visit(oldCookie(workshop), ({ object }) => {
      object['visits'] = 1;
    });
    expect(ancestor.util.decode({ ...theirs }, cookie)!.content).toEqual({ ...content, visits: 1 });
  });

  test('is not written by a visit that only reads', () => {
    const workshop = new Workshop({ legacy: { ...legacy, write: true } });
    const state = workshop.open(oldCookie(workshop));
    expect({ ...state.object }).toEqual(renamed);
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('is refused where a key is __proto__', () => {
    const workshop = new Workshop({ legacy });
    const polluted = JSON.parse('{"__proto__":{"admin":true}}') as object;
    const state = workshop.open(
      ancestor.util.encode({ ...theirs }, polluted, 86_400_000, workshop.clock.time),
    );
    expect(state.object['admin']).toBeUndefined();
    expect(state.info()).toMatchObject({ isNew: true, refused: 'content' });
  });
});
