import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import {
  type LegacyKeyOptions,
  type LegacyKeys,
  legacyWeakness,
  resolveLegacyKeys,
} from '../sealing/legacy-keys.js';
import { type Time, timeOf, timeText } from '../sealing/point-in-time.js';
import type { ContentCodec } from '../session/content-codec.js';
import { parseText } from '../session/content.js';
import { type Duration, milliseconds } from '../session/duration.js';
import { assertListed } from './assert-listed.js';
import { assertObject } from './assert-object.js';
import { assertCookieName } from './cookie-options.js';

/**
 * How to read cookies of client-sessions 0.8.0, so that nobody is logged out when you move from it. Keys and
 * algorithms have the same names as there.
 */
export interface LegacyOptions extends LegacyKeyOptions {
  /**
   * Writes the legacy format. Needed in the first deployment only, while legacy servers are still running.
   * @default false
   */
  write?: boolean | undefined;
  /**
   * From this time on, the legacy format is neither read nor written. Give the day of the last deployment
   * plus the longest duration.
   */
  acceptUntil: Time;
  /** Name of the legacy cookie, if it was different. @default the session's cookie name */
  cookieName?: string | undefined;
  /**
   * The duration that client-sessions was configured with. A cookie with another duration got it from
   * `setDuration()`, and keeps it.
   * @default unknown: today's `duration` limits every legacy cookie
   */
  duration?: Duration | undefined;
}

/** Resolved {@link LegacyOptions}. */
export interface Legacy {
  readonly keys: LegacyKeys;
  readonly isWriting: boolean;
  /** ms since epoch */
  readonly acceptUntil: number;
  readonly cookieName: string;
  /** ms */
  readonly legacyDuration: number | undefined;
  /** Why the legacy secret is weak. It is accepted nevertheless. */
  readonly weakness: string | undefined;
}

const KNOWN: Readonly<Record<keyof LegacyOptions, true>> = {
  secret: true,
  encryptionKey: true,
  signatureKey: true,
  encryptionAlgorithm: true,
  signatureAlgorithm: true,
  write: true,
  acceptUntil: true,
  cookieName: true,
  duration: true,
};

/** Whether it is an option of `legacy`. */
export function isLegacyOption(name: string): boolean {
  return Object.hasOwn(KNOWN, name);
}

/** The session that legacy cookies are turned into. */
interface LegacyHost {
  readonly cookieName: string;
  /** The cookie's name without a prefix of the configuration. */
  readonly ownName: string;
  /** ms */
  readonly duration: number;
  /** Version of the content, unless it is the first one. */
  readonly version: number | undefined;
  readonly hasId: boolean;
  readonly hasSubject: boolean;
  readonly isEndedByIdleness: boolean;
  readonly codec: unknown;
  readonly onTooLarge: 'error' | 'chunk';
  /** ms since epoch */
  readonly now: number;
}

/** @throws {@link InvalidOptionsError} */
export function resolveLegacy(options: LegacyOptions, host: LegacyHost): Legacy {
  assertObject(options, 'legacy', 'Give an object such as { secret, acceptUntil }, or leave it out.');
  assertListed(options, KNOWN, 'legacy');
  const { write = false, acceptUntil, cookieName = host.ownName, duration } = options;
  if (typeof write !== 'boolean')
    throw new InvalidOptionsError('legacy.write', 'must be a boolean', 'Use true or false.');
  if (acceptUntil === undefined) {
    throw new InvalidOptionsError(
      'legacy.acceptUntil',
      'it is missing',
      "Give the day from which legacy cookies are refused, such as '2027-06-30': today plus the longest duration.",
    );
  }
  assertCookieName(cookieName);
  if (write) assertWritable(host, cookieName);
  else assertReadable(host);
  const former = duration === undefined ? undefined : milliseconds(duration, 'legacy.duration');
  return {
    keys: resolveLegacyKeys(options, 'legacy'),
    isWriting: write,
    acceptUntil: endOf(acceptUntil, write, host.now),
    cookieName,
    legacyDuration: former ?? (write ? host.duration : undefined),
    weakness: legacyWeakness(options),
  };
}

/** Returns warnings about legacy cookies that are not read, or not safe. Each warning ends in the remedy. */
export function legacyWarnings({ acceptUntil, weakness }: Legacy, now: number): string[] {
  if (acceptUntil <= now) {
    return [
      `the legacy format is not read any more, because its "acceptUntil" was ${timeText(acceptUntil)}. ` +
        'Visitors with a legacy cookie get a fresh session. ' +
        'Remove "legacy", or give a later day to read legacy cookies again.',
    ];
  }
  return weakness === undefined
    ? []
    : [
        `the secret of the legacy format is weak (${weakness}), and legacy cookies are only as safe as this secret. ` +
          'Choose an early "acceptUntil".',
      ];
}

/**
 * Returns the end in ms since epoch. After the end nothing has the legacy format, so it must not have passed
 * while that format is still written.
 */
function endOf(acceptUntil: Time, write: boolean, now: number): number {
  const end = timeOf(acceptUntil, 'legacy.acceptUntil');
  if (!write || end > now) return end;
  throw new InvalidOptionsError(
    'legacy.acceptUntil',
    `must be in the future while "legacy.write" is on, but was ${timeText(end)}: ` +
      'cookies would be written in the new format, which legacy servers cannot read',
    'Give a day after the last deployment plus the longest duration, ' +
      'or remove "write" if no legacy server is running.',
  );
}

/**
 * Refuses newer features that the legacy format cannot carry, and a cookie name that legacy servers do not
 * look for.
 */
function assertWritable(host: LegacyHost, legacyName: string): void {
  const { cookieName, version, hasId, hasSubject, isEndedByIdleness, codec, onTooLarge } = host;
  const refuse = (option: string, allowed: string, reason: string): never => {
    throw new InvalidOptionsError(
      option,
      `must be ${allowed} while "legacy.write" is on, because ${reason}`,
      'Change it in a later deployment, without "write".',
    );
  };
  if (cookieName !== legacyName)
    refuse('legacy.cookieName', "the session's cookie name", 'legacy servers look for one name only');
  if (version !== undefined) refuse('version', '1', 'the legacy format has no version');
  if (hasId) refuse('id', 'false', 'the legacy format has no id');
  if (hasSubject) refuse('subject', 'left out', 'the legacy format cannot hold a login');
  if (isEndedByIdleness)
    refuse('idleDuration', 'left out', 'legacy servers do not note when a session is used');
  if (codec !== 'json') refuse('codec', "'json'", 'legacy servers read JSON only');
  if (onTooLarge === 'chunk') refuse('onTooLarge', "'error'", 'legacy servers read one cookie only');
}

/** Legacy cookies hold JSON, as client-sessions wrote it. */
const JSON_SAMPLE = '{"user":{"id":42},"items":["tea",true,null]}';

/** Refuses a codec that cannot read JSON. It would refuse every legacy cookie, and log everybody out. */
function assertReadable({ codec }: LegacyHost): void {
  if (typeof codec !== 'object' || codec === null) return;
  const { parse } = codec as ContentCodec;
  const sample = parseText(JSON_SAMPLE, (text) => JSON.stringify(parse(text)));
  if (sample?.value === JSON_SAMPLE) return;
  throw new InvalidOptionsError(
    'codec',
    'must read JSON, because legacy cookies hold JSON and would all be refused',
    'Change the codec after "legacy" is removed, or let its "parse" read JSON, too.',
  );
}
