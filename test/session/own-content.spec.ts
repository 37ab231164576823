import { describe, expect, test } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { z as z3 } from 'zod-3';
import { z as z40 } from 'zod-4.0';
import { createSessionCodec } from '../../lib/index.js';
import type { ContentOptions } from '../../lib/session/content-options.js';
import { SECRET } from '../support/secrets.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { textOf, Workshop } from '../support/session.js';

/** Whatever can be reached from a value by any key, in maps and sets, and the memory of bytes. */
function reachable(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  if (ArrayBuffer.isView(value)) return reachable(value.buffer, found);
  if (value instanceof Map) for (const entry of value as Map<unknown, unknown>) reachable([...entry], found);
  if (value instanceof Set) for (const member of value as Set<unknown>) reachable(member, found);
  for (const key of Reflect.ownKeys(value)) reachable((value as Record<PropertyKey, unknown>)[key], found);
  return found;
}

function shared(a: object, b: object): object[] {
  const theirs = reachable({ ...b });
  return [...reachable({ ...a })].filter((object) => theirs.has(object));
}

/** Something an author would write as one value for everybody. */
const nested = () => ({ items: ['tea'], by: { id: { list: [1, { deep: [] as number[] }] } } });
const ONE = nested();
const INVALID = { items: 1, by: 2 };

const parseAgain = new Map<string, unknown>();
const parseOnce = (text: string): unknown => {
  if (!parseAgain.has(text)) parseAgain.set(text, JSON.parse(text));
  return parseAgain.get(text);
};
const stringify = JSON.stringify as (content: object) => string;

const OPTIONS: Record<string, ContentOptions> = {
  'defaults as an object': { defaults: ONE },
  'defaults of a function that returns a constant': { defaults: () => ONE },
  'defaults of a frozen constant': { defaults: Object.freeze(nested()) },
  'zod 3, default': {
    schema: z3.object({ items: z3.array(z3.string()).default(ONE.items), by: z3.any().default(ONE.by) }),
  },
  'zod 3, catch': {
    schema: z3.object({ items: z3.array(z3.string()).catch(ONE.items), by: z3.any().catch(ONE.by) }),
  },
  'zod 4.0, default': {
    schema: z40.object({ items: z40.array(z40.string()).default(ONE.items), by: z40.any().default(ONE.by) }),
  },
  'zod 4.0, catch': {
    schema: z40.object({ items: z40.array(z40.string()).catch([]), by: z40.any().prefault(ONE.by) }),
  },
  'zod 4, default': {
    schema: z.object({ items: z.array(z.string()).default(ONE.items), by: z.any().default(ONE.by) }),
  },
  'zod 4, catch': { schema: z.object({ items: z.array(z.string()).catch([]), by: z.any().catch(ONE.by) }) },
  'zod 4, transform to a constant': {
    schema: z.object({
      by: z
        .any()
        .optional()
        .transform(() => ONE.by),
    }),
  },
  'zod 4, readonly': { schema: z.object({ items: z.array(z.string()).readonly().default(ONE.items) }) },
  'valibot, default': {
    schema: v.object({ items: v.optional(v.array(v.string()), ONE.items), by: v.optional(v.any(), ONE.by) }),
  },
  'valibot, fallback': {
    schema: v.object({
      items: v.fallback(v.array(v.string()), ONE.items),
      by: v.fallback(v.object({ id: v.any() }), ONE.by),
    }),
  },
  'arktype, default': { schema: type({ items: type('string[]').default(() => ONE.items) }) },
  'arktype, morph': { schema: type({ 'by?': type('unknown').pipe(() => ONE.by) }) },
  'a schema with state of its own': {
    schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: ONE }) } },
    defaults: {},
  },
  'a schema that adds to what it is given': {
    schema: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          (value as typeof ONE).items.push('more');
          return { value };
        },
      },
    },
    defaults: ONE,
  },
  'a migration that returns a constant': { version: 2, migrate: { 1: () => ONE }, defaults: ONE },
  'a migration that adds a constant': { version: 2, migrate: { 1: (old) => ({ ...old, by: ONE.by }) } },
  'a policy that returns a constant': {
    onInvalid: () => ONE,
    version: 2,
    migrate: { 1: () => INVALID.items as never },
  },
  'a policy beside a schema': {
    schema: z.object({ items: z.array(z.string()).optional() }),
    onInvalid: () => ONE,
  },
  'a codec that remembers': { codec: { stringify, parse: parseOnce } },
  'a codec that returns a constant': { codec: { stringify, parse: () => ONE } },
  'a codec with a constant inside': {
    codec: { stringify, parse: (text) => ({ ...(JSON.parse(text) as object), by: ONE.by }) },
  },
  'a codec that remembers, and a schema': {
    codec: { stringify, parse: parseOnce },
    schema: z.object({ items: z.array(z.string()).catch([]) }),
  },
  'structured values': {
    codec: 'structured',
    defaults: {
      map: new Map([['a', { list: [1] }]]),
      set: new Set([1]),
      at: new Date(0),
      bytes: Buffer.of(1, 2),
      view: new Uint8Array(3),
    },
  },
};

/** What visitors may bring: nothing, what they had, or what the schema refuses. */
const COOKIES: readonly (object | undefined)[] = [undefined, nested(), INVALID, {}, { by: { other: [1] } }];

describe.each(Object.entries(OPTIONS))('%s', (_name, options) => {
  const before = structuredClone(ONE);
  // The codec is the reader's: writers seal text as it stands.
  const sealed = new Workshop({ codec: 'json' });
  const cookies = COOKIES.map(
    (content) => content && textOf(sealed.visited((state) => begin(state, content))),
  );

  test('gives nobody what another one has', () => {
    const workshop = new Workshop(options);
    fc.assert(
      fc.property(fc.constantFrom(...cookies), fc.constantFrom(...cookies), (first, second) => {
        const [a, b] = [first, second].map((cookie) => workshop.open(...(cookie ? [cookie] : [])));
        b!.reset();
        expect(shared(a!.object, b!.object)).toEqual([]);
        const c = workshop.open(...(second ? [second] : []));
        expect(shared(a!.object, c.object)).toEqual([]);
        expect(shared(b!.object, c.object)).toEqual([]);
        for (const { object } of [a!, b!, c])
          expect(shared(object, { ONE, options: options.defaults })).toEqual([]);
      }),
      { numRuns: 50 },
    );
    expect(ONE).toEqual(before);
  });

  test('shows a visitor nothing of what another one has put in', () => {
    const workshop = new Workshop(options);
    const lookAt = (cookie: string | undefined) =>
      JSON.stringify(workshop.open(...(cookie ? [cookie] : [])).object);
    const pristine = cookies.map(lookAt);
    for (const cookie of cookies) {
      const { object } = workshop.open(...(cookie ? [cookie] : []));
      for (const reached of reachable({ ...object })) {
        if (Array.isArray(reached)) reached.push('A');
        else if (reached instanceof Map) reached.set('A', 'A');
        else if (reached instanceof Set) reached.add('A');
        else if (reached instanceof Date) reached.setTime(1);
        else if (ArrayBuffer.isView(reached)) (reached as Uint8Array).fill(65);
        else if (!(reached instanceof ArrayBuffer)) (reached as { A?: string }).A = 'A';
      }
    }
    expect(cookies.map(lookAt)).toEqual(pristine);
  });

  test('is not frozen for others by a handshake or by the end of a response', () => {
    const workshop = new Workshop(options);
    for (const cookie of cookies) {
      workshop.openReadOnly(cookie ?? 'none');
      const state = workshop.open(...(cookie ? [cookie] : []));
      state.conclude();
      state.end();
    }
    for (const cookie of cookies) {
      const { object } = workshop.open(...(cookie ? [cookie] : []));
      for (const reached of reachable({ ...object })) {
        if (!ArrayBuffer.isView(reached)) expect(Object.isFrozen(reached)).toBe(false);
      }
    }
    expect(Object.isFrozen(ONE.items)).toBe(false);
  });
});

const FROZEN = Object.freeze([[] as string[]]);
const AT = new Date(0);

describe('a codec that hands out objects twice', () => {
  class Money {
    readonly #cents: number;
    constructor(cents: number) {
      this.#cents = cents;
    }
    toJSON(): object {
      return { cents: this.#cents };
    }
  }
  const TEN = new Money(1000);

  test('of a class that cannot be copied is refused, instead of their being shared', () => {
    const workshop = new Workshop({ codec: { stringify, parse: () => ({ price: TEN }) } });
    const state = workshop.open(workshop.sealer.seal({ ...plainTimes(workshop), json: '{}' }));

    expect(state.info()).toMatchObject({ isNew: true, refused: 'content' });
    expect(workshop.events).toMatchObject([{ type: 'refused', reason: 'content' }]);
  });

  test('that nobody can change may be shared, such as values of a class', () => {
    class Currency {
      constructor(readonly code: string) {
        Object.freeze(this);
      }
      toJSON(): object {
        return { $currency: this.code };
      }
    }
    const EUR = new Currency('EUR');
    const revive = (_key: string, value: unknown) =>
      (value as { $currency?: string } | null)?.$currency ? EUR : value;
    const workshop = new Workshop({
      codec: { stringify, parse: (text) => JSON.parse(text, revive) as unknown },
    });
    const cookie = workshop.cookieOf({ currency: EUR, user: 'ann' });

    expect({ ...workshop.open(cookie).object }).toEqual({ currency: EUR, user: 'ann' });
  });

  const memory = new ArrayBuffer(8);
  const preferences = { list: [] as string[] };
  test.each<[string, () => object, (content: any) => void, (content: any) => unknown]>([
    [
      'memory',
      () => ({ bytes: new Uint8Array(memory) }),
      ({ bytes }) => (bytes[0] = 42),
      ({ bytes }) => bytes[0],
    ],
    [
      'what is inherited from',
      () => ({ own: Object.create(preferences) as object }),
      ({ own }) => own.list?.push('A'),
      ({ own }) => own.list?.length ?? 0,
    ],
    [
      'a frozen list with an open one inside',
      () => ({ outer: FROZEN }),
      ({ outer }) => outer[0].push('A'),
      ({ outer }) => outer[0].length,
    ],
    ['a date', () => ({ at: AT }), ({ at }) => at.setTime(42), ({ at }) => at.getTime()],
  ])('of the kind of %s shares nothing either', (_kind, parse, change, look) => {
    const workshop = new Workshop({ codec: { stringify, parse }, defaults: {} });
    const sealed = workshop.sealer.seal({ ...plainTimes(workshop), json: '{}' });
    const before = look(workshop.open(sealed).object);
    change(workshop.open(sealed).object);

    expect(look(workshop.open(sealed).object)).toBe(before);
  });

  test('of a class is fine where each parse makes new ones', () => {
    const codec = createSessionCodec<{ price?: Money }>({
      name: 'cart',
      secret: SECRET,
      codec: {
        stringify,
        parse: (text) => ({
          price: new Money((JSON.parse(text) as { price: { cents: number } }).price.cents),
        }),
      },
    });
    const opened = codec.unseal(codec.seal({ price: TEN }));

    expect(opened).toMatchObject({ ok: true });
    expect((opened as { content: { price: unknown } }).content.price).toBeInstanceOf(Money);
    expect((opened as { content: { price: unknown } }).content.price).not.toBe(TEN);
  });
});

describe('defaults that cannot be', () => {
  test.each<[string, ContentOptions]>([
    ['a bigint', { defaults: { total: 1n } }],
    ['a function', { defaults: { total: () => 1 } }],
    ['a function, with a schema', { defaults: { total: () => 1 }, schema: z.looseObject({}) }],
    ['a cycle', { defaults: ((cycle) => (cycle['self'] = cycle))({} as Record<string, unknown>) as object }],
  ])('%s are refused at start', (_name, options) => {
    expect(() => new Workshop(options)).toThrow(expect.objectContaining({ option: 'defaults' }));
  });
});

function plainTimes({ clock: { time } }: Workshop) {
  return { createdAt: time, startedAt: time, expiresAt: time + 1_000, ownDuration: false, renewed: false };
}

function begin(state: SessionState, content: object): void {
  state.reset();
  state.replace(content);
}
