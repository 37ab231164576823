import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { timeOf, timeText } from '../../lib/sealing/point-in-time.js';

const MARCH = Date.UTC(2027, 2, 1);
const REMEDY = "Give a Date, ms since epoch, or text such as '2027-01-31T00:00:00Z'.";

describe('a point in time', () => {
  test.each<[unknown, number]>([
    [MARCH, MARCH],
    [1e11, 1e11],
    [new Date(MARCH), MARCH],
    [new Date(0), 0],
    ['2027-03-01', MARCH],
    ['2027-03-01T00:00Z', MARCH],
    ['2027-03-01T00:00:00Z', MARCH],
    ['2027-03-01T00:00:00.000Z', MARCH],
    ['2027-03-01T00:00:00.123456Z', MARCH + 123],
    ['2027-03-01T01:00:00+01:00', MARCH],
    ['2027-03-01T01:00:00+0100', MARCH],
    ['2027-02-28T19:00:00-05:00', MARCH],
    ['2027-02-28T24:00:00Z', MARCH],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['1970-01-01', 0],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    [new Date(8e14).toISOString(), 8e14],
  ])('%j is taken', (time, ms) => {
    expect(timeOf(time, 'expires')).toBe(ms);
  });

  test('is written as options take it', () => {
    for (const ms of [MARCH, MARCH + 1, MARCH + 1000, 0, 8e14])
      expect(timeOf(timeText(ms), 'expires')).toBe(ms);
    expect(timeText(MARCH)).toBe('2027-03-01T00:00Z');
    expect(timeText(MARCH + 5_000)).toBe('2027-03-01T00:00:05Z');
  });
});

const SECONDS = new RegExp(
  '^as ms since epoch it is before March 1973, so it seems to be in seconds, ' +
    'or to be a length of time\\. Multiply seconds by 1000\\. ',
);
const AHEAD = /^as ms since epoch it is thousands of years ahead\. Divide microseconds by 1000\. /;
const ZONE = /^must have a time zone, .*Add 'Z', or an offset such as '\+01:00'\. /;
const NOT_ISO = /^must be a point in time in ISO 8601\. /;
const NO_DAY = /^must be a day, time and zone that exist\. /;
const LENGTH = /^must be a point in time, got a length of time\. /;
const TEXT = /^must be a point in time, got a number as text\. Use Number\(text\) if it is ms since epoch\. /;
const NONE = /^must be a point in time\. /;

test.each<[RegExp, readonly unknown[]]>([
  [
    SECONDS,
    [MARCH / 1000, 1e11 - 1, 0, -1, 86_400_000, 30, new Date(MARCH / 1000), new Date(30 * 86_400_000)],
  ],
  [AHEAD, [1e15, MARCH * 1000, MARCH * 1e6, Number.MAX_SAFE_INTEGER, new Date(MARCH * 1000)]],
  [ZONE, ['2027-03-01T00:00:00', '2027-03-01T00:00', '2027-03-01T00:00:00.000']],
  [
    NOT_ISO,
    [
      '01.03.2027',
      '1.3.2027',
      '03/01/2027',
      '2027/03/01',
      '2027-3-1',
      '2027-03',
      '01-03-2027',
      'March 1, 2027',
      '1 March 2027',
      'Mon, 01 Mar 2027 00:00:00 GMT',
      'Mon Mar 01 2027 00:00:00 GMT+0100 (CET)',
      '2027-03-01 00:00:00',
      '2027-03-01 00:00:00Z',
      '2027-03-01T00Z',
      '2027-03-01T00:00:00 Z',
      '2027-03-01T00:00:00+1',
      '2027-03-01T00:00:00 Europe/Berlin',
      '2027-03-01T00:00:00Z[UTC]',
      ' 2027-03-01',
      '2027-03-01\n',
      '"2027-03-01"',
      '2027-W09-1',
      'tomorrow',
      'never',
      '',
      'Invalid Date',
    ],
  ],
  [
    NO_DAY,
    [
      '2027-02-30',
      '2027-02-29',
      '2027-02-30T00:00:00Z',
      '2027-04-31T12:00:00+01:00',
      '2027-13-01',
      '2027-00-01',
      '2027-01-00',
      '2027-01-32',
      '2027-01-01T25:00:00Z',
      '2027-01-01T24:00:01Z',
      '2027-01-01T00:60:00Z',
      '2027-01-01T00:00:60Z',
      '2027-01-01T00:00:00+25:00',
      '-271821-04-19T23:00:00-02:00',
    ],
  ],
  [LENGTH, ['30 days', '120d', '1.5 hours', '15m', 'P30D', 'PT15M']],
  [TEXT, [String(MARCH), String(MARCH / 1000), '20270301', '2027', '-1', '1.8e12', ' 5 ']],
  [
    NONE,
    [
      NaN,
      Infinity,
      -Infinity,
      new Date(NaN),
      new Date('soon'),
      null,
      undefined,
      true,
      {},
      [],
      5n,
      () => MARCH,
    ],
  ],
])('%s is said of what it fits, with the remedy at the end', (message, times) => {
  for (const time of times) {
    let error: unknown;
    try {
      timeOf(time, 'legacy.acceptUntil');
    } catch (thrown) {
      error = thrown;
    }
    expect([inspect(time), error]).toEqual([inspect(time), expect.any(InvalidOptionsError)]);
    const { option, problem, remedy } = error as InvalidOptionsError;
    expect([inspect(time), option]).toEqual([inspect(time), 'legacy.acceptUntil']);
    expect(`${problem}. ${remedy}`).toMatch(message);
    expect(remedy.endsWith(REMEDY)).toBe(true);
  }
});
