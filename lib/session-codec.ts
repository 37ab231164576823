import { InvalidOptionsError } from './errors/invalid-options.error.js';
import type { ContentIssue } from './errors/session-invalid.error.js';
import { SessionCookies } from './http/session-cookies.js';
import { startSource } from './http/secret-sources.js';
import { resolveSessions } from './options/resolve-sessions.js';
import { optionsOf, type SessionDefinition } from './options/session-definition.js';
import type { SessionOptions } from './options/session-options.js';
import type { SecretSource } from './sealing/secret-source.js';
import { createSessionId } from './sealing/session-id.js';
import { MAXIMUM_LIFETIME } from './sealing/session-record.js';
import type { ContentShape, SessionContent } from './session/content.js';
import { begin, effectiveExpiry, type Lifetime, type SessionTimes } from './session/lifetime.js';
import type { RefusalReason } from './session/session-event.js';
import type { Admission } from './session/named-session.js';

/** The options of one session, and the clock. A definition gets its secret by `with(secret)`. */
export interface SessionCodecOptions extends SessionOptions {
  /** Returns the current time in ms since epoch. @default the system's clock, asked at each call */
  now?: () => number;
}

/** Times to seal, instead of now and the end of the configured duration: ms since epoch. */
export interface SealTimes {
  readonly createdAt?: number;
  readonly expiresAt?: number;
}

/** The outcome of opening a cookie's value. It is always a value, never an exception. */
export type Unsealed<T extends object = SessionContent> =
  | {
      readonly ok: true;
      readonly content: T;
      /** ms since epoch */
      readonly createdAt: number;
      /** ms since epoch, by the sealed times or by the options, whichever is earlier */
      readonly expiresAt: number;
      /** Whether it was sealed with a secret that is not the first of the list any more. */
      readonly stale: boolean;
    }
  | {
      readonly ok: false;
      readonly reason: RefusalReason;
      /** The issues that the session's schema found. */
      readonly issues?: readonly ContentIssue[];
    };

/** Makes and reads the cookies of one session outside HTTP: in jobs, tests and other servers. */
export interface SessionCodec<T extends object = SessionContent> {
  /**
   * @throws `SessionNotSerializableError`, `SessionTooLargeError`, `InvalidOptionsError` for impossible times
   */
  seal(content: T, times?: SealTimes): string;
  unseal(value: string): Unsealed<T>;
}

/**
 * Creates a codec that seals and opens cookie values exactly as the module does with the same options. Only
 * `idleDuration` is not checked, because another cookie tells when the session was used.
 *
 * @example
 * const codec = createSessionCodec({ name: 'cart', secret });
 * const opened = codec.unseal(value);
 * if (opened.ok) console.log(opened.content);
 * @throws `InvalidOptionsError` for options that cannot work
 */
export function createSessionCodec<T extends ContentShape<T> = SessionContent>(
  given: SessionCodecOptions | SessionDefinition<T>,
): SessionCodec<T> {
  const resolved = resolveSessions(optionsOf(given))[0]!;
  const secrets = startSource(resolved);
  assertArrived(secrets);
  const options = { ...resolved.options, idleDuration: Infinity };
  const { session } = new SessionCookies({ ...resolved, options }, secrets, () => undefined);
  const { now, lifetime, model, sealer } = session;
  return {
    seal(content, { createdAt, expiresAt } = {}) {
      const text = model.write(content);
      const times = timesOf(begin(createdAt ?? now(), lifetime), lifetime, expiresAt);
      return session.seal(content, text, times, { id: session.hasId ? createSessionId() : undefined });
    },
    unseal(value) {
      // Callers without types may pass the result of a cookie parser. A missing cookie is a bad cookie.
      const opened: Admission =
        typeof value === 'string'
          ? session.open({ text: value, sealer })
          : { ok: false, reason: 'malformed' };
      if (!opened.ok)
        return { ok: false, reason: opened.reason, ...(opened.issues?.length && { issues: opened.issues }) };
      const { record, content, stale } = opened;
      const { createdAt } = record;
      return {
        ok: true,
        content: content as T,
        createdAt,
        expiresAt: effectiveExpiry(record, lifetime),
        stale,
      };
    },
  };
}

/**
 * Returns times as `setDuration()` does: only a duration that exceeds the configured one is not limited by it
 * later.
 */
export function timesOf(
  started: SessionTimes,
  { duration }: Lifetime,
  expiresAt: number = started.expiresAt,
): SessionTimes {
  assertTimes(started.createdAt, expiresAt);
  return { ...started, expiresAt, ownDuration: expiresAt - started.createdAt > duration };
}

/**
 * Refuses a source whose first list has not arrived, because a codec cannot wait, and opening a cookie never
 * throws.
 */
function assertArrived(secrets: SecretSource): void {
  if (!secrets.ready) return;
  secrets.close();
  throw new InvalidOptionsError(
    'secret',
    'must deliver its first list at once, because a codec is synchronous',
    'Await the list, and give it to the codec.',
  );
}

function assertTimes(createdAt: number, expiresAt: number): void {
  const isTime = (time: number): boolean => Number.isSafeInteger(time) && time >= 0 && time < 2 ** 48;
  if (
    isTime(createdAt) &&
    isTime(expiresAt) &&
    expiresAt >= createdAt &&
    expiresAt - createdAt <= MAXIMUM_LIFETIME
  )
    return;
  throw new InvalidOptionsError(
    'createdAt, expiresAt',
    'must be times that a session can have',
    'Give ms since epoch, the expiry after the creation and within 34 years of it.',
  );
}
