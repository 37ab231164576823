import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeFact, encodeFact, type LoginFact } from '../../lib/logins/login-fact.js';
import { DAY } from '../support/session.js';
import { cases } from '../support/size.js';

const UNTIL = Date.UTC(2025, 5, 15);
const ID = randomBytes(16);
const FACTS: readonly LoginFact[] = [
  { type: 'login', id: ID, until: UNTIL },
  {
    type: 'generation',
    generation: randomBytes(8),
    restsUntil: UNTIL - DAY,
    call: randomBytes(16),
    until: UNTIL,
  },
];
const [LOGIN, GENERATION] = FACTS.map((fact) => encodeFact(fact).text) as [string, string];

describe('a fact', () => {
  test.each(FACTS)('is the same after the store: $type', (fact) => {
    const stored = encodeFact(fact);
    expect(stored.text).toMatch(/^1\.[\w.-]{11,}$/);
    expect(decodeFact(JSON.parse(JSON.stringify(stored)))).toEqual(fact);
  });

  test.each(['2.x', `2${LOGIN.slice(1)}`, `10.${'x'.repeat(9000)}`, '2.'])(
    'of a release that is newer: %#',
    (text) => {
      expect(decodeFact({ text, until: UNTIL })).toBe('newer');
    },
  );

  test.each([
    '',
    '1',
    '1.',
    '0.x',
    '01.x',
    'x',
    '-2.x',
    `${LOGIN}=`,
    `${LOGIN}A`,
    LOGIN.slice(0, -1),
    ` ${LOGIN}`,
    `${LOGIN}\n`,
    `1.${randomBytes(15).toString('base64url')}`,
    `${GENERATION}.x`,
    GENERATION.replace(/\.[^.]+$/, ''),
    `1.${randomBytes(8).toString('base64url')}`,
    `1.${randomBytes(8).toString('base64url')}.-5.${randomBytes(16).toString('base64url')}`,
    `1.${randomBytes(8).toString('base64url')}.Z.${randomBytes(16).toString('base64url')}`,
    `1.${randomBytes(8).toString('base64url')}.zzzzzzzzzz.${randomBytes(16).toString('base64url')}`,
    'x'.repeat(1e6),
  ])('that is none: case %#', (text) => {
    expect(decodeFact({ text, until: UNTIL })).toBe('rubbish');
  });

  test.each([NaN, Infinity, -1, 9e15, '5', null, undefined, {}])('with the time %p is none', (until) => {
    expect(decodeFact({ text: LOGIN, until } as never)).toBe('rubbish');
  });

  test.each([null, undefined, 5, 'x', [], { text: 5, until: UNTIL }, { text: null, until: UNTIL }])(
    'is not %p',
    (stored) => {
      expect(decodeFact(stored as never)).toBe('rubbish');
    },
  );

  test('is never something else when one character differs', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(LOGIN, GENERATION),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (text, at, c) => {
          const place = at % text.length;
          const altered = text.slice(0, place) + c + text.slice(place + 1);
          const fact = decodeFact({ text: altered, until: UNTIL });
          if (typeof fact === 'object') expect(encodeFact(fact)).toEqual({ text: altered, until: UNTIL });
        },
      ),
      { numRuns: cases(5_000) },
    );
  });
});
