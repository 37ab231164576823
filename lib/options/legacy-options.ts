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
import { assertCookieName } from './cookie-options.js';

/** Cookies of client-sessions 0.8.0, for moving from it without logging anybody out. Its keys and algorithms go by its own names. */
export interface LegacyOptions extends LegacyKeyOptions {
  /** Still write the legacy format: in the first deployment, while legacy servers are running. @default false */
  write?: boolean | undefined;
  /** From here on the legacy format is neither read nor written: the day of the last deployment plus the longest duration. */
  acceptUntil: Time;
  /** The legacy cookie's name, where it was another one. @default the session's cookie name */
  cookieName?: string | undefined;
  /**
   * The duration that client-sessions was configured with. A cookie of another one has it from `setDuration()`, and keeps it.
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
  /** What is wrong with the legacy secret, which is accepted nevertheless. */
  readonly weakness: string | undefined;
}

/** What the session is like that legacy cookies become. */
interface LegacyHost {
  readonly cookieName: string;
  /** ms */
  readonly duration: number;
  /** Version of the content, where it is not the first. */
  readonly version: number | undefined;
  readonly hasId: boolean;
  readonly codec: unknown;
  /** ms since epoch */
  readonly now: number;
}

/** @throws {@link InvalidOptionsError} */
export function resolveLegacy(options: LegacyOptions, host: LegacyHost): Legacy {
  const { write = false, acceptUntil, cookieName = host.cookieName, duration } = options;
  if (typeof write !== 'boolean')
    throw new InvalidOptionsError('legacy.write', 'it is no boolean', 'Use true or false.');
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

/** ms since epoch. Once it has passed, nothing is of the legacy format any more: no end to begin with where that is still written. */
function endOf(acceptUntil: Time, write: boolean, now: number): number {
  const end = timeOf(acceptUntil, 'legacy.acceptUntil');
  if (!write || end > now) return end;
  throw new InvalidOptionsError(
    'legacy.acceptUntil',
    `it was ${timeText(end)}, so that with "legacy.write" cookies would be written in the new format, which legacy servers cannot read`,
    'Give a day after the last deployment plus the longest duration, or remove "write" when no legacy server is running.',
  );
}

/** The legacy format has no room for what came later, and legacy servers look for one name only. */
function assertWritable({ cookieName, version, hasId, codec }: LegacyHost, legacyName: string): void {
  const refuse = (option: string, problem: string): never => {
    throw new InvalidOptionsError(
      option,
      `${problem} while "legacy.write" is on`,
      'Change it in a later deployment, without "write".',
    );
  };
  if (cookieName !== legacyName) refuse('legacy.cookieName', 'the cookie cannot be renamed');
  if (version !== undefined) refuse('version', 'the legacy format has no version');
  if (hasId) refuse('id', 'the legacy format has no id');
  if (codec !== 'json') refuse('codec', 'legacy servers read JSON only');
}

/** Legacy cookies hold JSON, as client-sessions wrote it. */
const JSON_SAMPLE = '{"user":{"id":42},"items":["tea",true,null]}';

/** A codec of another language would refuse every legacy cookie, and log everybody out. */
function assertReadable({ codec }: LegacyHost): void {
  if (typeof codec !== 'object' || codec === null) return;
  const { parse } = codec as ContentCodec;
  const sample = parseText(JSON_SAMPLE, (text) => JSON.stringify(parse(text)));
  if (sample?.value === JSON_SAMPLE) return;
  throw new InvalidOptionsError(
    'codec',
    'it does not read JSON, which is what legacy cookies hold, so that all of them would be refused',
    'Change it when "legacy" is gone, or let its "parse" read JSON, too.',
  );
}
