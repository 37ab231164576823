import { describe, expect, test } from '@jest/globals';
import * as library from '../lib/index.js';
import * as redis from '../lib/redis.js';
import * as contract from '../lib/store-contract.js';
import * as testing from '../lib/testing.js';
import { FURTHER_EXPORTS, RUNTIME_EXPORTS } from './support/runtime-exports.js';

describe('the package', () => {
  test('exports what is listed, and nothing else', () => {
    expect(Object.keys(library).sort()).toEqual(RUNTIME_EXPORTS);
    const further = { redis, 'store-contract': contract, testing };
    for (const [entry, names] of Object.entries(FURTHER_EXPORTS))
      expect(Object.keys(further[entry as keyof typeof further]).sort()).toEqual(names);
  });

  test('exports nothing that is undefined', () => {
    expect(Object.entries(library).filter(([, value]) => value === undefined)).toEqual([]);
  });

  test('has one base of all errors', () => {
    const errors = Object.entries(library).filter(([name]) => name.endsWith('Error'));
    expect(errors.length).toBeGreaterThan(5);
    for (const [, constructor] of errors) {
      expect([constructor, Object.getPrototypeOf(constructor)]).toContain(library.ClientSessionsError);
    }
  });
});
