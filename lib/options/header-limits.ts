import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { assertListed } from './assert-listed.js';

/** What servers and proxies are expected to accept. */
export interface HeaderBudgetOptions {
  /**
   * Bytes of the Cookie header of a request. Many servers and proxies refuse a longer line with 400 or 431.
   * @default 8192
   */
  in?: number | undefined;
  /**
   * Bytes of all Set-Cookie headers of a response. nginx answers 502 to a longer head, as long as its
   * `proxy_buffer_size` is not set.
   * @default 4096
   */
  out?: number | undefined;
}

/** Resolved {@link HeaderBudgetOptions}, or `undefined` if nobody counts. */
export type HeaderLimits = Readonly<Record<keyof HeaderBudgetOptions, number>> | undefined;

const LIMITS: Readonly<Record<keyof HeaderBudgetOptions, number>> = { in: 8192, out: 4096 };

/** @throws {@link InvalidOptionsError} */
export function resolveHeaderLimits(given: unknown = {}): HeaderLimits {
  if (given === false) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidOptionsError('headerBudget', 'must be an object or false', 'Give { in, out } in bytes.');
  }
  assertListed(given, LIMITS, 'headerBudget');
  for (const [key, bytes] of Object.entries(given)) {
    if (bytes === undefined || (Number.isSafeInteger(bytes) && bytes > 0)) continue;
    throw new InvalidOptionsError(
      `headerBudget.${key}`,
      'must be a positive whole number',
      'Give the number of bytes that your servers and proxies accept.',
    );
  }
  const { in: incoming = LIMITS.in, out = LIMITS.out } = given as HeaderBudgetOptions;
  return Object.freeze({ in: incoming, out });
}
