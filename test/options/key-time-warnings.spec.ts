import { describe, expect, test } from '@jest/globals';
import { keyTimeWarnings } from '../../lib/options/key-time-warnings.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretEntry } from '../../lib/sealing/secret-entry.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { DAY } from '../support/session.js';

const THIRD_SECRET = 'Hn6_tVxQ2-bLs9YkRw4Ez7McJf0PuDg3Ai8';
/** The first of January; day 59 is the first of March. */
const NOW = Date.UTC(2027, 0, 1);
const day = (days: number) => NOW + days * DAY;
const idOf = (secret: string) => new KeyRing(secret, 'secret').ids[0]!;
const [OLD, NEW, NEWEST] = [SECRET, OTHER_SECRET, THIRD_SECRET].map(idOf) as [string, string, string];

type Times = Omit<SecretEntry, 'secret'>;
const old = (times: Times = {}): SecretEntry => ({ secret: SECRET, ...times });
const fresh = (times: Times = {}): SecretEntry => ({ secret: OTHER_SECRET, ...times });
const newest = (times: Times = {}): SecretEntry => ({ secret: THIRD_SECRET, ...times });

/** Older ones, which have begun long ago. */
const others = ['Wq5_rTzU8-nKd2XbPa6', 'Lc3_yEvB7-gSm9HjQo4'].map((start): SecretEntry => ({
  secret: `${start}Vf1Zi0Gw7Tn5Cx8`,
  notBefore: day(-40),
}));

/** Of sessions that live 30 days, unless otherwise said. */
function warnings(list: readonly SecretEntry[], { isFixed = true, now = NOW } = {}): string[] {
  const keys = new KeyRing(list, 'secret', now, false).times;
  return keyTimeWarnings({ keys, isFixed, now, longestLife: 30 * DAY });
}

describe('there is one warning, with the day and who is lost,', () => {
  test.each<[string, readonly SecretEntry[], string]>([
    [
      'of a gap between an end and the next beginning',
      [old({ expires: day(59) }), fresh({ notBefore: day(61) })],
      `no secret may seal from 2027-03-01T00:00Z, when key ${OLD} expires, until 2027-03-03T00:00Z. ` +
        `Nothing can be stored then, and all visitors with a session of key ${OLD} are logged out. ` +
        `Let key ${NEW} begin earlier, and let key ${OLD} expire '30 days' after that.`,
    ],
    [
      'of a gap in a list of the right order',
      [fresh({ notBefore: day(61) }), old({ expires: day(59) })],
      `no secret may seal from 2027-03-01T00:00Z, when key ${OLD} expires, until 2027-03-03T00:00Z. ` +
        `Nothing can be stored then, and all visitors with a session of key ${OLD} are logged out. ` +
        `Let key ${NEW} begin earlier, and let key ${OLD} expire '30 days' after that.`,
    ],
    [
      'of a gap of a millisecond',
      [fresh({ notBefore: day(59) + 1 }), old({ expires: day(59) })],
      `no secret may seal from 2027-03-01T00:00Z, when key ${OLD} expires, until 2027-03-01T00:00:00.001Z. `,
    ],
    [
      'of the last end',
      [old({ expires: day(59) })],
      `key ${OLD} expires at 2027-03-01T00:00Z, and no key seals after it. From then on nothing can be stored, ` +
        'and all visitors with a session are logged out. ' +
        `Put a secret in front of it that takes over '30 days' earlier, or leave "expires" out.`,
    ],
    [
      'of the last end of several',
      [fresh({ notBefore: day(1), expires: day(90) }), old({ expires: day(31) })],
      `key ${NEW} expires at 2027-04-01T00:00Z, and no key seals after it. From then on nothing can be stored`,
    ],
    [
      'of an end at the very beginning of the next one',
      [fresh({ notBefore: day(59) }), old({ expires: day(59) })],
      `key ${OLD} seals until it expires at 2027-03-01T00:00Z. ` +
        'Then all visitors with a session of it are logged out. ' +
        `Let key ${NEW} begin earlier, and let key ${OLD} expire '30 days' after that.`,
    ],
    [
      'of an end too soon after the next beginning',
      [fresh({ notBefore: day(59) }), old({ expires: day(88) })],
      `key ${OLD} expires at 2027-03-30T00:00Z. ` +
        'Sessions that it sealed until 2027-03-01T00:00Z may still be alive then, ' +
        `because they live up to '30 days'. Visitors who have not come back in between are logged out. ` +
        `Set its "expires" to '2027-03-31T00:00Z' or later.`,
    ],
    [
      'of an end that is a millisecond too early',
      [fresh({ notBefore: day(59) }), old({ expires: day(89) - 1 })],
      `Set its "expires" to '2027-03-31T00:00Z' or later.`,
    ],
    [
      'of an end too soon after a beginning that has passed',
      [fresh({ notBefore: day(-5) }), old({ expires: day(20) })],
      `Sessions that it sealed until 2026-12-27T00:00Z may still be alive then, because they live up to '30 days'. ` +
        `Visitors who have not come back in between are logged out. Set its "expires" to '2027-01-26T00:00Z' or later.`,
    ],
    [
      'of an end too soon, if the secret has sealed until now',
      [fresh(), old({ expires: day(1) })],
      `key ${OLD} expires at 2027-01-02T00:00Z. If it has sealed until today, sessions of it are still alive then, ` +
        `because they live up to '30 days'. Visitors who have not come back in between are logged out. ` +
        `Set its "expires" to '2027-01-31T00:00Z' or later, ` +
        'or set "notBefore" of the secret in front of it to the time since which that one has sealed.',
    ],
    [
      'of one behind a secret that may seal',
      [old(), fresh({ notBefore: day(59) })],
      `key ${NEW} does not take over at 2027-03-01T00:00Z, because key ${OLD} in front of it still seals then. ` +
        `Put key ${NEW} in front of it, so that the newest key is the first.`,
    ],
    [
      'of planned ones with the latest at the end',
      [fresh({ notBefore: day(30) }), newest({ notBefore: day(60) }), old()],
      `key ${NEWEST} does not take over at 2027-03-02T00:00Z, because key ${NEW} in front of it still seals then. ` +
        `Put key ${NEWEST} in front of it`,
    ],
    [
      'of the wrong order of one that ends and one that begins',
      [old({ expires: day(89) }), fresh({ notBefore: day(59) })],
      `key ${NEW} does not take over at 2027-03-01T00:00Z, because key ${OLD} in front of it still seals then. ` +
        'That key expires at 2027-03-31T00:00Z. Then all visitors with a session of it are logged out. ' +
        `Put key ${NEW} in front of it, so that the newest key is the first.`,
    ],
    [
      'of the wrong order of one that ends and one that may seal already',
      [old({ expires: day(59) }), fresh()],
      `key ${OLD} seals until it expires at 2027-03-01T00:00Z. ` +
        'Then all visitors with a session of it are logged out, ' +
        `although key ${NEW} may seal already. Put key ${NEW} in front of it, so that the newest key is the first.`,
    ],
    [
      'of the wrong order of one that ends and one that may seal from this moment on',
      [old({ expires: day(59) }), fresh({ notBefore: NOW })],
      `although key ${NEW} may seal already. Put key ${NEW} in front of it`,
    ],
    [
      'of one that does not take over, in front of which another one ends that a third one could follow',
      [old({ expires: day(89) }), newest({ notBefore: day(50) }), fresh({ notBefore: day(-1) })],
      `key ${NEWEST} does not take over at 2027-02-20T00:00Z, because key ${OLD} in front of it still seals then. `,
    ],
    [
      'of one that is over when it begins',
      [fresh({ notBefore: day(30), expires: day(30) }), old()],
      `key ${NEW} begins at 2027-01-31T00:00Z, but expires at 2027-01-31T00:00Z, so it never seals. `,
    ],
    [
      'of one that is over before it begins',
      [fresh({ notBefore: day(60), expires: day(30) }), old()],
      `key ${NEW} begins at 2027-03-02T00:00Z, but expires at 2027-01-31T00:00Z, so it never seals. ` +
        'Swap "notBefore" and "expires", or set a later "expires".',
    ],
    [
      'of an end too soon after a planned successor of a planned key',
      [newest({ notBefore: day(60) }), fresh({ notBefore: day(30), expires: day(61) }), old()],
      `key ${NEW} expires at 2027-03-03T00:00Z. Sessions that it sealed until 2027-03-02T00:00Z may still be alive`,
    ],
    [
      'of one that never seals, and is over soon after it begins',
      [old(), fresh({ notBefore: day(5), expires: day(10) })],
      `key ${NEW} does not take over at 2027-01-06T00:00Z`,
    ],
    [
      'of one that could begin now and never seals',
      [old(), fresh({ notBefore: NOW, expires: day(10) })],
      `key ${NEW} expires at 2027-01-11T00:00Z. If it has sealed until today`,
    ],
    [
      'of one that begins at the very end of the one in front of it',
      [old({ expires: day(59) }), fresh({ notBefore: day(59) })],
      `Let key ${NEW} begin earlier, and let key ${OLD} expire '30 days' after that.`,
    ],
    [
      'of an end too soon after the beginning of a key that another one has followed',
      [newest(), fresh({ notBefore: day(-5) }), old({ expires: day(1) }), ...others],
      `key ${OLD} expires at 2027-01-02T00:00Z. Sessions that it sealed until 2026-12-27T00:00Z may still be alive`,
    ],
    [
      'of an end too soon behind a key that was revoked, and tells nothing',
      [newest(), fresh({ notBefore: day(-40), revoked: true }), old({ expires: day(1) })],
      `key ${OLD} expires at 2027-01-02T00:00Z. If it has sealed until today`,
    ],
  ])('%s', (_title, list, message) => {
    expect(warnings(list)).toEqual([expect.stringContaining(message)]);
  });
});

describe('there is no warning', () => {
  test.each<[string, readonly SecretEntry[]]>([
    ['of secrets without times', [fresh(), old()]],
    ['of a planned rotation', [fresh({ notBefore: day(59) }), old({ expires: day(89) })]],
    ['of a planned rotation without an end', [fresh({ notBefore: day(59) }), old()]],
    ['after the beginning', [fresh({ notBefore: day(-20) }), old({ expires: day(10) })]],
    ['of an end far enough from now', [fresh(), old({ expires: day(30) })]],
    ['of what is over', [fresh(), old({ expires: day(-1) })]],
    ['of what is over at this moment', [fresh(), old({ expires: NOW })]],
    ['of a beginning at this moment', [newest(), fresh({ notBefore: NOW }), old()]],
    ['of a beginning that has passed', [newest(), fresh({ notBefore: day(-1) }), old()]],
    [
      'of what is revoked',
      [fresh(), old({ expires: day(1), revoked: true }), newest({ notBefore: day(1), revoked: true })],
    ],
    [
      'of two rotations that follow each other',
      [
        newest({ notBefore: day(100) }),
        fresh({ notBefore: day(50), expires: day(130) }),
        old({ expires: day(80) }),
      ],
    ],
    [
      'of an older one behind two, the later of which has begun long ago',
      [newest({ notBefore: day(-40) }), fresh(), old({ expires: day(1) })],
    ],
  ])('%s', (_title, list) => {
    expect(warnings(list)).toEqual([]);
  });

  test('of the last end, where other lists may come', () => {
    expect(warnings([old({ expires: day(59) })], { isFixed: false })).toEqual([]);
    expect(
      warnings([fresh({ notBefore: day(61) }), old({ expires: day(59) })], { isFixed: false }),
    ).toHaveLength(1);
  });

  test('where nothing may seal by now, which is told otherwise', () => {
    expect(warnings([fresh({ notBefore: day(1) }), old({ revoked: true })])).toEqual([]);
  });
});

test('nobody is said to be lost by an end that another key could follow', () => {
  const [, planned] = warnings([
    old({ expires: day(89) }),
    newest({ notBefore: day(-1) }),
    fresh({ notBefore: day(50) }),
  ]);
  expect(planned).toContain(`key ${NEW} does not take over at 2027-02-20T00:00Z`);
  expect(planned).not.toContain('logged out');
});

test('several mistakes have a warning each', () => {
  const list = [old({ expires: day(59) }), fresh({ notBefore: day(61), expires: day(200) })];

  expect(warnings(list)).toEqual([
    expect.stringMatching(/^no secret may seal from 2027-03-01/),
    expect.stringMatching(new RegExp(`^key ${NEW} expires at 2027-07-20.* no key seals after it`)),
  ]);
});
