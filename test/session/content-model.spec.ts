import { describe, expect, jest, test } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import {
  createSessionCodec,
  InvalidOptionsError,
  SessionInvalidError,
  type StandardSchema,
} from '../../lib/index.js';
import { ContentModel } from '../../lib/session/content-model.js';
import type { ContentOptions } from '../../lib/session/content-options.js';
import { SECRET } from '../support/secrets.js';
import { cases } from '../support/size.js';

const model = (options: ContentOptions) => new ContentModel('cart', options);
const read = (options: ContentOptions, content: unknown, version?: number) =>
  model(options).read(JSON.stringify(content), version);

/** One shape in each library: a default, a transformation that accepts what it returns, and a bound. */
const SCHEMAS: Record<string, StandardSchema> = {
  zod: z.object({
    items: z
      .array(z.object({ id: z.string().transform((id) => id.toLowerCase()), amount: z.number().min(1) }))
      .default([]),
    since: z.date().optional(),
  }),
  valibot: v.object({
    items: v.optional(
      v.array(
        v.object({ id: v.pipe(v.string(), v.toLowerCase()), amount: v.pipe(v.number(), v.minValue(1)) }),
      ),
      [],
    ),
    since: v.optional(v.date()),
  }),
  arktype: type({
    items: type({ id: 'string.lower', amount: 'number >= 1' })
      .array()
      .default(() => []),
    'since?': 'Date',
  }),
};

describe.each(Object.entries(SCHEMAS))('%s', (_library, schema) => {
  test('defaults a fresh session', () => {
    expect(model({ schema }).fresh().content).toEqual({ items: [] });
  });

  test('defaults and transforms what is opened', () => {
    expect(read({ schema }, {})).toMatchObject({ ok: true, content: { items: [] }, isChanged: false });
    expect(read({ schema }, { items: [{ id: 'TEA', amount: 2 }] })).toMatchObject({
      ok: true,
      content: { items: [{ id: 'tea', amount: 2 }] },
    });
  });

  test('refuses what is opened, with the path', () => {
    expect(read({ schema }, { items: [{ id: 'tea', amount: 0 }] })).toMatchObject({
      ok: false,
      reason: 'schema',
      isKept: false,
      version: 1,
      issues: [{ path: 'items[0].amount', message: expect.any(String) }],
    });
  });

  test('refuses what is about to be sealed, with the path and the issue', () => {
    const codec = createSessionCodec({ name: 'cart', secret: SECRET, schema });
    let error: unknown;
    try {
      codec.seal({ items: [{ id: 'tea', amount: -1 }] });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SessionInvalidError);
    expect(error).toMatchObject({
      code: 'ERR_SESSION_INVALID',
      message: expect.stringContaining(
        'Session "cart" cannot be stored: its schema refuses items[0].amount. "issues" of this error says why.',
      ),
      issues: [{ path: 'items[0].amount', message: expect.any(String) }],
    });
  });

  test('round-trips what JSON cannot carry', () => {
    const codec = createSessionCodec({ name: 'cart', secret: SECRET, schema });
    const content = { items: [], since: new Date(0) };
    expect(codec.unseal(codec.seal(content))).toMatchObject({ ok: true, content });
  });
});

/** Accepts a fresh session, and answers for anything else as told. */
const schemaOf = (answer: () => never | Promise<never>): StandardSchema => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ('n' in (value as object) ? answer() : { value }),
  },
});

describe('onInvalid', () => {
  const schema = z.object({ items: z.array(z.string()).default([]) });
  const broken = { items: 'tea,cup' };

  test('reset: the default', () => {
    expect(read({ schema }, broken)).toMatchObject({ ok: false, isKept: false, reason: 'schema' });
  });

  test('keep: the cookie is to be left alone', () => {
    expect(read({ schema, onInvalid: 'keep' }, broken)).toMatchObject({ ok: false, isKept: true });
  });

  test('a function repairs it, from the issues and the raw content', () => {
    const onInvalid = (issues: readonly { path: string }[], raw: unknown) => {
      expect(issues).toMatchObject([{ path: 'items' }]);
      return { items: (raw as { items: string }).items.split(',') };
    };
    expect(read({ schema, onInvalid }, broken)).toMatchObject({
      ok: true,
      content: { items: ['tea', 'cup'] },
      isChanged: true,
    });
  });

  test.each<[string, () => object]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives what the schema refuses, too', () => ({ items: 7 })],
    ['gives no object', () => 'text' as never],
  ])('a function that %s is the same as reset', (_title, onInvalid) => {
    expect(read({ schema, onInvalid }, broken)).toMatchObject({ ok: false, isKept: false, reason: 'schema' });
  });

  test('a schema that throws is a refusal like any other', () => {
    const throws = schemaOf(() => {
      throw new Error('13');
    });
    expect(read({ schema: throws }, { n: 13 })).toMatchObject({
      ok: false,
      reason: 'schema',
      issues: [{ path: '', message: 'the schema threw' }],
    });
  });

  test('a schema that turns out asynchronous is refused when it does, and its promise may reject', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const sometimes = schemaOf(() => Promise.reject(new Error('late')));
    expect(read({ schema: sometimes }, { n: 1 })).toMatchObject({
      ok: false,
      issues: [{ path: '', message: 'the schema is asynchronous, or threw' }],
    });
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('versions', () => {
  const migrate = {
    1: (old: { tea?: number }) => ({ items: { tea: old.tea ?? 0 } }),
    2: (old: { items: Record<string, number> }) => ({
      items: Object.entries(old.items).map(([id, amount]) => ({ id, amount })),
    }),
  };
  const version3: ContentOptions = { version: 3, migrate };

  test('the missing steps run once, in order', () => {
    expect(read(version3, { tea: 2 })).toMatchObject({
      ok: true,
      isChanged: true,
      content: { items: [{ id: 'tea', amount: 2 }] },
    });
    expect(read(version3, { items: { cup: 1 } }, 2)).toMatchObject({
      ok: true,
      content: { items: [{ id: 'cup', amount: 1 }] },
    });
    expect(read(version3, { items: [] }, 3)).toMatchObject({
      ok: true,
      isChanged: false,
      content: { items: [] },
    });
  });

  test('each step is tested alone', () => {
    expect(migrate[1]({ tea: 1 })).toEqual({ items: { tea: 1 } });
  });

  test('content of a newer version is kept by default, or reset', () => {
    expect(read({}, { items: [] }, 2)).toMatchObject({
      ok: false,
      reason: 'newer-version',
      isKept: true,
      version: 2,
    });
    expect(read({ onNewer: 'keep' }, {}, 2)).toEqual(read({}, {}, 2));
    expect(read({ onNewer: 'reset' }, {}, 2)).toEqual({
      ok: false,
      reason: 'newer-version',
      isKept: false,
      version: 2,
      issues: [],
    });
  });

  test('a migration that throws, returns nothing, or is not there any more follows the policy', () => {
    const failing = {
      1: () => {
        throw new Error('no');
      },
      2: (old: object) => old,
    };
    expect(read({ version: 3, migrate: failing, onInvalid: 'keep' }, {})).toMatchObject({
      ok: false,
      reason: 'migration',
      isKept: true,
      version: 1,
    });
    expect(read({ version: 2, migrate: { 1: () => undefined as never } }, {})).toMatchObject({
      ok: false,
      isKept: false,
    });
    expect(read({ version: 3, migrate: { 2: (old) => old } }, {})).toMatchObject({
      ok: false,
      reason: 'migration',
    });
    expect(read({ version: 2, migrate: { 1: () => ({ reset: 1 }) } }, {})).toMatchObject({ ok: false });
    expect(read({ version: 2, migrate: { 1: () => ({ when: new Date() }) } }, {})).toMatchObject({
      ok: false,
      reason: 'content',
    });
  });

  test.each<[string, ContentOptions, string, string]>([
    [
      'throws',
      {
        version: 2,
        migrate: {
          1: () => {
            throw new Error('ada@example.com');
          },
        },
      },
      'migration',
      'the migration from version 1 threw',
    ],
    [
      'is not there',
      { version: 3, migrate: { 2: (old) => old } },
      'migration',
      'there is no migration from version 1',
    ],
    [
      'returns nothing',
      { version: 2, migrate: { 1: () => undefined as never } },
      'migration',
      'must be an object with named properties',
    ],
    [
      'makes what cannot be stored',
      { version: 2, migrate: { 1: () => ({ when: new Date() }) } },
      'content',
      'must be storable in the form in which it was opened',
    ],
  ])('a migration that %s is told by its reason, without content', (_title, options, reason, message) => {
    expect(read(options, { user: 'ada@example.com' })).toEqual({
      ok: false,
      reason,
      isKept: false,
      version: 1,
      issues: [{ path: '', message }],
    });
  });

  test('the first version takes no room in the cookie', () => {
    expect(model({}).version).toBeUndefined();
    expect(model({ version: 1 }).version).toBeUndefined();
    expect(model(version3).version).toBe(3);
  });
});

describe('defaults', () => {
  test('complete what is fresh and what is opened, and are nobody else’s', () => {
    const shared = model({ defaults: { list: [] as number[] } });
    (shared.fresh().content['list'] as number[]).push(1);
    expect(shared.fresh()).toEqual({ content: { list: [] }, text: '{"list":[]}' });
    expect(read({ defaults: () => ({ a: 1, b: 2 }) }, { b: 3 })).toMatchObject({
      content: { a: 1, b: 3 },
      isChanged: false,
    });
  });
});

describe('what is read', () => {
  test.each<[string, ContentOptions]>([
    ['defaults', { defaults: { list: [] } }],
    ['a schema', { schema: z.object({ list: z.array(z.number()) }).partial() }],
  ])('is not made into text again with %s, where it is as it was written', (_title, options) => {
    const codec = { stringify: jest.fn(JSON.stringify as (content: object) => string), parse: JSON.parse };
    const counted = model({ ...options, codec });
    codec.stringify.mockClear();
    expect(counted.read('{"list":[1]}', undefined)).toMatchObject({ ok: true, content: { list: [1] } });
    expect(codec.stringify).not.toHaveBeenCalled();
  });

  test('is fresh from a function each time', () => {
    let count = 0;
    const counting = model({ defaults: () => ({ count: ++count }) });
    const first = counting.fresh();
    expect(counting.fresh().content['count']).toBe((first.content['count'] as number) + 1);
  });
});

describe('structured values', () => {
  const carried = { codec: 'structured' } as const;
  const back = (value: unknown) => {
    const reading = model(carried).read(model(carried).write({ value }), undefined);
    return (reading as { content?: { value: unknown } }).content?.value;
  };

  test.each<[string, unknown]>([
    ['a Date', new Date(86_400_000)],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, new Set([1n])],
      ]),
    ],
    ['a Set', new Set([1, 'two', [3]])],
    ['a BigInt', -(2n ** 80n)],
    ['bytes', new Uint8Array([0, 255, 7])],
    ['a Buffer', Buffer.from('buffer')],
    ['undefined in an array', [1, undefined, 3]],
    ['NaN, infinities and minus zero', [NaN, Infinity, -Infinity, -0]],
    ['an object that looks like a tag', { $date: 'not a date' }],
    ['and one that looks like that', { $object: { $date: 1 } }],
    ['an object with a key like a tag beside others', { $date: 1, b: 2 }],
    ['all of them nested', { deep: [{ when: new Date(1), $set: new Set([new Map([[1n, [undefined]]])]) }] }],
  ])('%s comes back as it was', (_title, value) => {
    expect(back(value)).toEqual(value);
    expect(Object.prototype.toString.call(back(value))).toBe(Object.prototype.toString.call(value));
  });

  test.each([{ $date: new Date(1) }, { $a: 1n }, { $object: { $map: new Map([[1, { $set: 1 }]]) } }])(
    'content whose only key looks like a tag comes back as it was: %o',
    (content) => {
      const reading = model(carried).read(model(carried).write(content), undefined);

      expect(reading).toMatchObject({ ok: true, content });
    },
  );

  test('plain data is plain JSON, so that the codec can be changed at any time', () => {
    expect(model(carried).write({ a: [1, { b: null }] })).toBe('{"a":[1,{"b":null}]}');
    expect(model({}).read(model(carried).write({ when: new Date(5) }), undefined)).toMatchObject({
      ok: false,
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['an invalid date', new Date(NaN), /value is an invalid date\. Store null\./],
    [
      'a date with more',
      Object.assign(new Date(0), { zone: 'CET' }),
      /value is a Date with additional properties\. Store them beside it\./,
    ],
    [
      'a Map with more',
      Object.assign(new Map(), { [Symbol('a')]: 1 }),
      /value is a Map with additional properties\./,
    ],
    ['a class derived from Map', new (class Own extends Map {})(), /value is an instance of Own/],
    ['a regular expression', /x/, /value is an instance of RegExp/],
    ['a function in a Map', new Map([['a', () => 1]]), /value\[1\] is a function/],
    ['a function in a Set', new Set([1, () => 1]), /value\[1\] is a function/],
    ['a typed array', new Float32Array(2), /value is an instance of Float32Array/],
    ['a symbol', Symbol('x'), /value is a symbol/],
  ])('%s is refused with its path', (_title, value, message) => {
    expect(() => model(carried).write({ value })).toThrow(message);
  });

  test('dates of fake clocks are dates', () => {
    jest.useFakeTimers({ now: 5 });
    try {
      expect(model(carried).write({ at: new Date() })).toBe('~{"at":{"$date":5}}');
    } finally {
      jest.useRealTimers();
    }
  });

  test('any structure comes back equal, and equal structures give equal text', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        leaf,
        fc.array(fc.oneof(tie('tree'), fc.constant(undefined)), { maxLength: 3 }),
        fc.dictionary(
          fc.string().map((key) => `$${key}`),
          tie('tree'),
          { maxKeys: 3, noNullPrototype: true },
        ),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
        fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 2 }).map((entries) => new Map(entries)),
        fc.array(tie('tree'), { maxLength: 2 }).map((members) => new Set(members)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(back(value)).toEqual(value);
        expect(model(carried).write({ value: back(value) })).toBe(model(carried).write({ value }));
      }),
      { numRuns: cases(500) },
    );
  });

  test('a codec of one’s own', () => {
    const codec = {
      stringify: (content: object) => `v1:${JSON.stringify(content)}`,
      parse: (text: string) => JSON.parse(text.slice(3)) as unknown,
    };
    expect(model({ codec }).write({ a: 1 })).toBe('v1:{"a":1}');
    expect(model({ codec }).read('v1:{"a":1}', undefined)).toMatchObject({ ok: true, content: { a: 1 } });
    expect(model({ codec }).read('nonsense', undefined)).toMatchObject({ ok: false, reason: 'content' });
    expect(() => model({ codec }).write({ a: 1n })).toThrow(
      /its content is refused by its codec with .*\. Store what the codec can carry\./,
    );
  });
});

test.each(['\ud83d', 'a\ud83db', '\udf00\ud83c', '🌀\udf00'])(
  'text of a codec that UTF-8 cannot carry is refused, and not lost (%j)',
  (text) => {
    const codec = { stringify: () => text, parse: () => ({}) };
    expect(() => model({ codec }).write({ a: 1 })).toThrow(
      /its content is text of its codec that UTF-8 cannot carry.* base64url/,
    );
    expect(model({ codec: { ...codec, stringify: () => '🌀' } }).write({ a: 1 })).toBe('🌀');
  },
);

describe('what cannot work does not start', () => {
  test.each<[string, ContentOptions, string, RegExp]>([
    ['a schema that is none', { schema: {} as never }, 'schema', /zod/],
    ['a schema of null', { schema: null as never }, 'schema', /zod/],
    [
      'an asynchronous schema',
      {
        schema: z.object({
          a: z
            .string()
            .optional()
            .refine(async () => true),
        }),
      },
      'schema',
      /synchronous schema/,
    ],
    [
      'a schema that refuses a fresh session',
      { schema: z.object({ userId: z.string() }) },
      'schema',
      /optional/,
    ],
    [
      'a schema that refuses what it returns',
      { schema: z.object({ n: z.string().transform(Number).default(0) }) },
      'schema',
      /accept its own output/,
    ],
    ['a schema of something else', { schema: z.string() }, 'schema', /optional/],
    ['defaults that are no object', { defaults: [] }, 'defaults', /object/],
    ['defaults with a reserved name', { defaults: { reset: 1 } }, 'defaults', /object/],
    ['defaults that are a promise', { defaults: async () => ({ a: 1 }) }, 'defaults', /no promise/],
    ['defaults that are nothing', { defaults: () => null as never }, 'defaults', /Return an object/],
    [
      'a promise beside a schema',
      { schema: z.object({}), defaults: async () => ({}) },
      'defaults',
      /no promise/,
    ],
    ['defaults that are a list', { defaults: () => [1] as never }, 'defaults', /Return an object/],
    ['made defaults with a reserved name', { defaults: () => ({ reset: 1 }) }, 'defaults', /Return/],
    ['version 0', { version: 0 }, 'version', /65535/],
    ['a version that is no integer', { version: 1.5 }, 'version', /integer/],
    ['a version without its migration', { version: 2 }, 'migrate.1', /\(old\) => old/],
    [
      'a gap between migrations',
      { version: 4, migrate: { 1: (old) => old, 3: (old) => old } },
      'migrate.2',
      /next version/,
    ],
    [
      'a migration from today’s version',
      { version: 2, migrate: { 1: (old) => old, 2: (old) => old } },
      'migrate.2',
      /starts from/,
    ],
    ['an unknown policy', { onInvalid: 'ignore' as never }, 'onInvalid', /'reset'/],
    ['an unknown policy for newer versions', { onNewer: 'x' as never }, 'onNewer', /'keep'/],
    ['an unknown codec', { codec: 'yaml' as never }, 'codec', /stringify/],
    ['a codec of null', { codec: null as never }, 'codec', /stringify/],
    ['a codec that only writes', { codec: { stringify: JSON.stringify } as never }, 'codec', /parse/],
    ['a codec that only reads', { codec: { parse: JSON.parse } as never }, 'codec', /stringify/],
    ['defaults that cannot be copied', { schema: z.any(), defaults: { f: () => 1 } }, 'defaults', /function/],
  ])('%s', (_title, options, option, remedy) => {
    let error: unknown;
    try {
      model(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({ option, remedy: expect.stringMatching(remedy) });
    expect((error as InvalidOptionsError).problem).toMatch(/^(must|the step) /);
  });

  test.each(['0', '-1', '1.5', 'one', '', '2'])('a step from version "%s" is none', (from) => {
    const migrate = { 1: (old: object) => old, [from]: (old: object) => old };
    expect(() => model({ version: 2, migrate })).toThrow(
      expect.objectContaining({ option: `migrate.${from}` }),
    );
  });

  test('the last version that a cookie can hold is 65,535', () => {
    const migrate = { 65534: (old: object) => old, 65535: (old: object) => old };
    expect(model({ version: 65_535, migrate: { 65534: migrate[65534] } }).version).toBe(65_535);
    expect(() => model({ version: 65_536, migrate })).toThrow(expect.objectContaining({ option: 'version' }));
  });

  test.each(['json', 'structured'] as const)('the codec %s is known', (codec) => {
    expect(model({ codec }).write({ a: 1 })).toBe('{"a":1}');
  });

  test('a gap between migrations is told by its versions', () => {
    expect(() => model({ version: 4, migrate: { 1: (old) => old, 3: (old) => old } })).toThrow(
      'the step from version 2 to 3 is missing',
    );
  });

  test('a migration from today on is told by its version', () => {
    expect(() => model({ version: 2, migrate: { 1: (old) => old, 2: (old) => old } })).toThrow('below 2');
  });

  test('defaults that need a request are made when there is one', () => {
    const request: { tenant?: string } = {};
    const late = model({
      defaults: () => {
        if (request.tenant === undefined) throw new Error('no request is under way');
        return { tenant: request.tenant };
      },
    });
    request.tenant = 'a';
    expect(late.fresh().content).toEqual({ tenant: 'a' });
  });

  test('defaults that cannot be stored are told by their path', () => {
    for (const defaults of [{ cart: { total: 1n } }, () => ({ cart: { total: 1n } })])
      expect(() => model({ defaults })).toThrow('cart.total is a bigint');
  });

  test('an error of the application in its defaults comes out as it is', () => {
    const defaults = {
      get total(): number {
        throw new RangeError('of the application');
      },
    };
    expect(() => model({ defaults })).toThrow(RangeError);
  });
});
