import { describe, expect, test } from '@jest/globals';
import { durationText, milliseconds } from '../../lib/session/duration.js';
import { stringifyContent } from '../../lib/session/content.js';
import { type LifetimeOptions, resolveLifetime } from '../../lib/session/lifetime.js';
import { parseStructured, stringifyStructured } from '../../lib/session/structured-data.js';
import { Workshop } from '../support/session.js';

describe('what is said of a session that cannot be as it should', () => {
  test.each(['a while', NaN, -1])('setDuration(%p) names the call', (duration) => {
    const { object } = new Workshop().open();
    expect(() => (object as unknown as { setDuration(value: unknown): void }).setDuration(duration)).toThrow(
      'Invalid option "setDuration(duration)"',
    );
  });

  test('a duration of nothing names the call and the remedy', () => {
    const state = new Workshop().open();
    expect(() => state.setDuration(0)).toThrow(
      'Invalid option "setDuration(duration)": must be more than 0 ms. ' +
        "Give a lifetime such as '1 day', or call destroy().",
    );
  });

  test('defaults with a reserved name', () => {
    expect(() => new Workshop({ defaults: { save: 1 } as never })).toThrow(
      'Invalid option "defaults": must be an object without reserved names. ' +
        'Give an object, or a function that makes one.',
    );
  });

  test('a codec that cannot read what it wrote', () => {
    const codec = { stringify: (content: unknown) => JSON.stringify([content]), parse: JSON.parse };
    const state = new Workshop({ codec }).open();
    state.object['user'] = 'ada';
    state.save();
    expect(() => new Workshop({ codec }).session.model.parse('[{}]')).toThrow(
      'its content is written by its codec in a form that the codec cannot read. ' +
        'Make "parse" of the codec the inverse of "stringify".',
    );
  });

  test.each<[string, object, string]>([
    ['at a field', { path: ['user', 0, 'name'], message: 'is missing' }, '(user[0].name: is missing)'],
    [
      'at a field that is told as an object',
      { path: [{ key: 'user' }], message: 'is missing' },
      '(user: is missing)',
    ],
    ['as a whole', { message: 'is empty' }, '(content: is empty)'],
    ['with a path of nothing', { path: [], message: 'is empty' }, '(content: is empty)'],
    ['at a symbol', { path: [Symbol('id')], message: 'is missing' }, '(["Symbol(id)"]: is missing)'],
  ])('a schema that refuses a fresh session %s', (_title, issue, where) => {
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [issue] }) } };
    expect(() => new Workshop({ schema: schema as never })).toThrow(
      `Invalid option "schema": must accept a fresh session, but refuses it ${where}. Make the field optional`,
    );
  });
});

test('a schema that refuses a fresh session without an issue', () => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [] }) } };
  expect(() => new Workshop({ schema: schema as never })).toThrow('(content: no reason given)');
});

test.each<[LifetimeOptions, string, RegExp]>([
  [{ duration: 0 }, 'duration', /must be more than 0 ms\. Give .*'1 day'/],
  [{ absoluteDuration: '1h' }, 'absoluteDuration', /Make it at least as long as "duration"/],
  [{ idleDuration: 0 }, 'idleDuration', /must be more than 0 ms\. Give .*'30 minutes'/],
  [{ idleDuration: 'soon' }, 'idleDuration', /'15m'/],
])('a lifetime of %j is refused with a remedy', (options, option, remedy) => {
  expect(() => resolveLifetime(options)).toThrow(expect.objectContaining({ option }));
  expect(() => resolveLifetime(options)).toThrow(remedy);
});

test.each<[number, string]>([
  [86_400_000, "'1 day'"],
  [2 * 86_400_000, "'2 days'"],
  [3_600_000, "'1 hour'"],
  [25 * 3_600_000, "'25 hours'"],
  [60_000, "'1 minute'"],
  [90_000, "'90 seconds'"],
  [1_000, "'1 second'"],
])('%d ms are shown as options accept them: %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
  expect(milliseconds(text.slice(1, -1), 'duration')).toBe(ms);
});

test('a duration of broken seconds is shown as a number', () => {
  expect(durationText(1_500.5)).toBe('1500.5');
  expect(durationText(1)).toBe('1');
});

test.each<[object, string]>([
  [{ a: 1.5, b: 0, c: null, d: [null, 2] }, '{"a":1.5,"b":0,"c":null,"d":[null,2]}'],
  [{ a: undefined, b: 1 }, '{"b":1}'],
])('structured data that JSON can hold is written as JSON writes it: %p', (content, text) => {
  expect(stringifyStructured(content)).toBe(text);
  expect(stringifyContent(content, 'cart', true)).toBe(text);
});

test('numbers that JSON cannot hold come back', () => {
  const content = { a: -0, b: NaN, c: Infinity, d: -Infinity, e: 0 };
  const text = stringifyStructured(content);
  expect(parseStructured(text)).toEqual(content);
  expect(text).toBe(stringifyStructured(parseStructured(text) as object));
  expect(text).toContain('"e":0');
});

test('JSON without a mark is plain data, also where it looks like a tag', () => {
  const content = { a: { $date: 0 }, b: [{ $bigint: '1' }] };
  expect(parseStructured(JSON.stringify(content))).toEqual(content);
});

test('null beside tagged values is null', () => {
  const content = { a: null, b: 1n, c: [null], d: new Map([[null, null]]) };
  expect(parseStructured(stringifyStructured(content))).toEqual(content);
});

test.each(['$nope', '$', '$constructor'])('a tag that nobody knows is told: %s', (tag) => {
  expect(() => parseStructured(`~{"a":{"${tag}":1}}`)).toThrow(`Unknown tag ${tag}`);
});

test('an object that belonged to a session says so when it is changed after the response', () => {
  const workshop = new Workshop({ codec: 'structured' });
  const state = workshop.open(workshop.cookieOf({ seen: new Map([['a', 1]]) }));
  const seen = state.object['seen'] as Map<string, number>;
  state.conclude();
  state.end();
  expect(() => seen.set('b', 2)).toThrow(
    'This object belongs to a session that cannot be changed any more, because the response is over',
  );
});
