import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { SessionOptions } from '../../lib/options/session-options.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { Workshop } from '../support/session.js';

/** How often content was made into text. */
class CountingCodec {
  count = 0;

  stringify = (content: object): string => {
    this.count += 1;
    return JSON.stringify(content);
  };

  parse = (text: string): unknown => JSON.parse(text);
}

const CONTENT = {
  items: [{ id: 'tea', amount: 2 }],
  note: 'x'.repeat(100),
  nested: { a: [1, 2, { b: null }] },
};

const schema = z.object({
  items: z.array(z.object({ id: z.string(), amount: z.number() })).default([]),
  note: z.string().optional(),
  nested: z.unknown().optional(),
});

const KINDS: readonly [kind: string, options: SessionOptions][] = [
  ['plain content', {}],
  ['defaults', { defaults: { items: [] } }],
  ['defaults that cookies lack', { defaults: { seen: false, items: [] } }],
  ['defaults of a function', { defaults: () => ({ items: [] }) }],
  ['a schema', { schema }],
  [
    'a schema that changes what it reads',
    { schema: schema.transform((content) => ({ ...content, note: 'short' })) },
  ],
  ['a migration', { version: 2, migrate: { 1: (content) => ({ ...content, migrated: true }) } }],
];

/** A request from its first use of the session to the end of its response, with an interceptor. */
function visit(cookie: string | undefined, options: SessionOptions, change: (content: any) => void) {
  const codec = new CountingCodec();
  const workshop = new Workshop({ ...options, codec });
  codec.count = 0;
  const state: SessionState = workshop.open(...(cookie === undefined ? [] : [cookie]));
  change(state.object);
  state.save();
  const outcome = state.conclude();
  state.end();
  return { count: codec.count, outcome, events: workshop.events };
}

describe.each(KINDS)('content becomes text, with %s,', (kind, options) => {
  const cookie = new Workshop().cookieOf(CONTENT);

  test.each([
    ['by a request that only reads it', cookie],
    ['by a visitor without any', undefined],
  ])('once at most %s', (_who, brought) => {
    const { count, outcome, events } = visit(brought, options, (content) => JSON.stringify(content));
    expect(count).toBeLessThanOrEqual(1);
    expect(outcome.type).toBe(kind === 'a migration' && brought ? 'renew' : 'keep');
    expect(events).toEqual([]);
  });

  test.each<[string, (content: any) => void]>([
    ['deep inside', (content) => (content.items = [...(content.items ?? []), { id: 'milk', amount: 1 }])],
    ['in place', (content) => content.items?.[0] && (content.items[0].amount += 1)],
    ['by reset()', (content) => content.reset()],
    ['by regenerate()', (content) => content.regenerate(['items'])],
  ])('twice at most by a request that changes it %s', (_way, change) => {
    const { count, outcome, events } = visit(cookie, options, change);
    // regenerate() must remember the content of the replaced object, whether or not it was changed.
    if (!String(change).includes('regenerate')) expect(count).toBeLessThanOrEqual(2);
    expect(outcome.type).toBe('write');
    expect(events).toEqual([]);
  });
});

test('content is made into text anew where it was changed between interceptor, head and end', () => {
  const codec = new CountingCodec();
  const workshop = new Workshop({ codec });
  const state = workshop.open();
  codec.count = 0;
  state.object['a'] = 1;
  state.save();
  state.object['a'] = 2;
  expect(state.conclude()).toMatchObject({ type: 'write' });
  expect(codec.count).toBe(2);
  state.object['a'] = 3;
  state.end();
  expect(codec.count).toBe(3);
  expect(workshop.events).toMatchObject([{ type: 'lost', error: { code: 'ERR_SESSION_TOO_LATE' } }]);
});

test('an object that is held twice is a change where the codec tells it from two', () => {
  const codec = {
    stringify: ({ a, b }: { a?: object; b?: object }) =>
      JSON.stringify({ content: { a, b }, isOne: a === b }),
    parse: (text: string): unknown => (JSON.parse(text) as { content: unknown }).content,
  };
  const workshop = new Workshop({ codec });
  const state = workshop.open(workshop.cookieOf({ a: { n: 1 }, b: { n: 1 } }));
  state.object['b'] = state.object['a'];
  expect(state.conclude()).toMatchObject({ type: 'write' });
});

test('a codec that does not read what it writes still tells changes by its text', () => {
  const codec = {
    stringify: (content: object) => `1${JSON.stringify(content)}`,
    parse: (text: string): unknown => (text.startsWith('1') ? JSON.parse('no') : JSON.parse(text)),
  };
  const state = new Workshop({ codec }).open();
  expect(state.conclude()).toEqual({ type: 'keep' });
  const changed = new Workshop({ codec }).open();
  changed.object['a'] = 1;
  expect(changed.conclude()).toMatchObject({ type: 'write' });
});
