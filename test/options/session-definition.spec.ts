import { format, inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { defineSession, InvalidOptionsError, type SessionDefinition } from '../../lib/index.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { isDefinition, nameOf, optionsOf } from '../../lib/options/session-definition.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { startSessions } from '../support/session.js';

const OLD_SECRET = 'the-secret-of-the-old-format-a8Xq2Lw';
const ENCRYPTION_KEY = Buffer.from('encryption-key-of-32-bytes-Kd7vQ');
const SIGNATURE_KEY = Buffer.from('signature-key-of-32-bytes-Zr5mTp2');

const definition = defineSession('cart', {
  onInvalid: 'keep',
  duration: '2h',
  cookie: { path: '/shop' },
  legacy: {
    secret: OLD_SECRET,
    encryptionKey: ENCRYPTION_KEY,
    signatureKey: SIGNATURE_KEY,
    acceptUntil: '2030-01-01',
  },
});

/** Every way in which the secrets could show. */
const SECRETS = [SECRET, OTHER_SECRET, OLD_SECRET, ENCRYPTION_KEY, SIGNATURE_KEY].flatMap((secret) => {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  return [bytes.toString(), hex, hex.match(/../g)!.join(' '), [...bytes].join(','), [...bytes].join(', ')];
});

const PRINTED: readonly [title: string, print: (value: unknown) => string][] = [
  ['inspect()', (value) => inspect(value)],
  [
    'inspect() of everything',
    (value) => inspect(value, { depth: Infinity, showHidden: true, getters: true }),
  ],
  [
    'inspect() of everything, without custom methods',
    (value) => inspect(value, { depth: Infinity, showHidden: true, getters: true, customInspect: false }),
  ],
  ['console.log()', (value) => format('%s %o %O %j', value, value, value, value)],
  ['JSON', (value) => JSON.stringify(value)],
  ['text', (value) => `${String(value)} ${Object.values(value as object).join()}`],
  ['a copy', (value) => inspect({ ...(value as object) }, { depth: Infinity, showHidden: true })],
];

describe('a definition with a secret', () => {
  const secrets = {
    text: SECRET,
    bytes: Buffer.from(SECRET),
    'a list': [SECRET, { secret: OTHER_SECRET, revoked: true }],
  };

  describe.each(Object.entries(secrets))('%s', (_kind, secret) => {
    const secretive: SessionDefinition<object> = definition.with(secret);

    test.each(PRINTED)('shows none in %s', (_title, print) => {
      const shown = [
        secretive,
        [secretive],
        { imports: [{ sessions: [secretive] }] },
        new Map([[secretive, secretive]]),
        secretive.options,
        Object.create(secretive) as object,
      ].map(print);
      for (const text of SECRETS) expect(shown.join('\n')).not.toContain(text);
    });

    test('keeps them for those who seal', () => {
      expect(optionsOf(secretive)).toMatchObject({ secret, legacy: { secret: OLD_SECRET }, duration: '2h' });
      const { signatureKey, encryptionKey } = optionsOf(secretive).legacy!;
      expect([encryptionKey, signatureKey]).toEqual([ENCRYPTION_KEY, SIGNATURE_KEY]);
    });
  });

  test('shows everything else', () => {
    expect(definition.with(SECRET).options).toEqual({
      name: 'cart',
      onInvalid: 'keep',
      duration: '2h',
      cookie: { path: '/shop' },
      legacy: { acceptUntil: '2030-01-01' },
    });
    expect(inspect(definition.with(SECRET))).toMatch(/cart.*2h/s);
  });

  test('leaves the definition that it was made of without', () => {
    definition.with(SECRET);
    expect(optionsOf(definition)).not.toHaveProperty('secret');
  });

  test('carries everything when it gets another', () => {
    const again = definition.with(SECRET).with(OTHER_SECRET);
    expect(optionsOf(again)).toEqual({ ...optionsOf(definition), secret: OTHER_SECRET });
  });

  test('shares a source of secrets with others that were given the same', () => {
    const list = jest.fn(() => SECRET);
    startSessions({
      sessions: [defineSession('a').with(list), defineSession('b', { cookie: { path: '/b' } }).with(list)],
    });
    expect(list).toHaveBeenCalledTimes(1);
  });
});

describe('a definition', () => {
  test('is not changed by who gave its options', () => {
    const given = {
      cookie: { path: '/shop', secure: true },
      previousNames: ['basket'],
      defaults: { items: ['tea'], since: new Date(0) },
      migrate: { 1: (old: object) => old },
      legacy: { secret: OLD_SECRET, acceptUntil: new Date('2030-01-01') },
      version: 2,
    };
    const cart = defineSession('cart', given);
    given.cookie.path = '/';
    given.previousNames.push('x');
    given.defaults.items.push('coffee');
    given.defaults.since.setTime(1);
    delete (given.migrate as Record<number, unknown>)[1];
    given.legacy.acceptUntil.setTime(0);
    for (const options of [optionsOf(cart), cart.options]) {
      expect(options).toMatchObject({
        cookie: { path: '/shop', secure: true },
        previousNames: ['basket'],
        defaults: { items: ['tea'], since: new Date(0) },
        migrate: { 1: expect.any(Function) },
        legacy: { acceptUntil: new Date('2030-01-01') },
      });
    }
  });

  test('is not changed by who reads its options', () => {
    const cart = defineSession('cart', {
      cookie: { path: '/shop' },
      defaults: { items: ['tea'] },
      legacy: { secret: OLD_SECRET, acceptUntil: new Date('2030-01-01') },
    });
    const options = cart.options as any;
    for (const change of [
      () => (options.duration = 1),
      () => (options.cookie.path = '/'),
      () => (options.defaults.items[0] = 'coffee'),
      () => options.defaults.items.push('coffee'),
      () => (options.legacy.write = true),
      () => ((cart as any).name = 'other'),
      () => ((cart as any).options = {}),
    ])
      expect(change).toThrow(TypeError);
    options.legacy.acceptUntil.setTime(0);
    expect(optionsOf(cart)).toMatchObject({
      cookie: { path: '/shop' },
      defaults: { items: ['tea'] },
      legacy: { acceptUntil: new Date('2030-01-01') },
    });
  });

  test('uses what has state of its own as it was given', () => {
    const stream = { observers: [] as unknown[], subscribe: () => ({ unsubscribe: () => undefined }) };
    const codec = { stringify: JSON.stringify, parse: JSON.parse };
    const schema = z.object({});
    const onInvalid = (): object => ({});
    const options = optionsOf(defineSession('cart', { schema, codec, onInvalid }).with(stream));
    expect(options.schema).toBe(schema);
    expect(options.codec).toBe(codec);
    expect(options.onInvalid).toBe(onInvalid);
    expect(options.secret).toBe(stream);
  });

  test('keeps what cannot be used, so that it is refused', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const [options, ...others] = [
      { defaults: cyclic },
      { cookie: true },
      { cookie: { samesite: 'lax' } },
      { legacy: 'yes' },
      { previousNames: 'basket' },
    ].map((given) => optionsOf(defineSession('cart', given as object)));
    expect((options!.defaults as any).self).toBe(options!.defaults);
    for (const each of others)
      expect(() => resolveSessions({ secret: SECRET, sessions: [each] })).toThrow(InvalidOptionsError);
  });
});

describe('a definition of another copy of this package', () => {
  test('is one', async () => {
    jest.resetModules();
    const copy = await import('../../lib/options/session-definition.js');
    expect(copy.defineSession).not.toBe(defineSession);
    const foreign = copy.defineSession('cart', { duration: '2h' }).with(SECRET);
    expect(foreign).not.toBeInstanceOf(definition.constructor);
    expect(isDefinition(foreign)).toBe(true);
    expect(nameOf(foreign)).toBe('cart');
    expect(optionsOf(foreign)).toEqual({ name: 'cart', duration: '2h', secret: SECRET });
    expect(resolveSessions({ sessions: [foreign] })[0]!.options).toMatchObject({
      name: 'cart',
      duration: 7_200_000,
    });
  });

  test.each([[undefined], [null], ['cart'], [{}], [{ name: 'cart', options: {} }], [() => undefined]])(
    '%j is none',
    (value) => {
      expect(isDefinition(value)).toBe(false);
    },
  );
});
