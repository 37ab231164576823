// `nestjs-client-sessions/connect`: the same sessions without Nest. No file that this one leads to imports
// Nest, not even a type.

export {
  clientSessions,
  type ClientSessions,
  type ConnectMiddleware,
  type SessionMiddleware,
} from './client-sessions.js';
export { getSession } from './get-session.js';
export { getSessionInfo } from './session/get-session-info.js';
export {
  createSessionCodec,
  type SealTimes,
  type SessionCodec,
  type SessionCodecOptions,
  type Unsealed,
} from './session-codec.js';
export {
  defineSession,
  SessionDefinition,
  type SchemaSessionOptions,
  type TypedSessionOptions,
} from './options/session-definition.js';
export type { ClientSessionsOptions } from './options/client-sessions-options.js';
export type { ChunkOptions, ChunkPolicy } from './options/chunk-options.js';
export type { CookieAttributes, CookieFunction, CookieOptions } from './options/cookie-options.js';
export type { HeaderBudgetOptions } from './options/header-limits.js';
export type { LegacyOptions } from './options/legacy-options.js';
export type { IssuedAfter } from './options/issued-after.js';
export type { RevocationOptions } from './options/revocation-options.js';
export type { PreviousCookie } from './options/previous-cookies.js';
export type {
  CachePolicy,
  ResolvedSessionOptions,
  SessionOptions,
  SubjectFunction,
} from './options/session-options.js';
export type { SessionName, SessionOf, SessionProperties, SessionTypes } from './options/session-types.js';
export { SESSION_EVENTS_CHANNEL } from './http/session-reporter.js';
export type { LegacyDecoded, LegacyUtil, LegacyUtilOptions } from './legacy-util.js';

export { Logins, type EndAllOptions, type LoginsHealth } from './logins/logins.js';
export type { LoginEntry } from './logins/login-list.js';
export type { FactPage, ListedLogin, LoginStore, NotedLogin, StoredFact } from './logins/login-store.js';
export { sqliteLoginStore, type SqliteLoginOptions } from './logins/sqlite-store.js';

export type { ContentShape, SessionContent } from './session/content.js';
export type { ContentCodec } from './session/content-codec.js';
export type { ContentOptions, InvalidContentPolicy, MigrationStep } from './session/content-options.js';
export type { Duration } from './session/duration.js';
export type { Lifetime, LifetimeOptions } from './session/lifetime.js';
export {
  SESSION_ACTIVITY_CHANNEL,
  type ResealReason,
  type SealDescription,
  type SessionActivity,
} from './session/session-activity.js';
export type { Subject } from './session/login-rules.js';
export type { LoginReport } from './session/login-report.js';
export type { RefusalReason, SessionEvent } from './session/session-event.js';
export type { SessionInfo } from './session/session-info.js';
export type { Session, SessionCallback, SessionMethods } from './session/session-object.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './session/standard-schema.js';
export type {
  LegacyEncryptionAlgorithm,
  LegacyKeyOptions,
  LegacySignatureAlgorithm,
} from './sealing/legacy-keys.js';
export type { Time } from './sealing/point-in-time.js';
export type { SealRefusal } from './sealing/sealer.js';
export type { Secret } from './sealing/secret.js';
export type { SecretEntry, SecretList } from './sealing/secret-entry.js';
export type { SecretFunction, SecretOption, SecretStream } from './sealing/secret-source.js';

export { ClientSessionsError, type ClientSessionsErrorCode } from './errors/client-sessions.error.js';
export { InvalidOptionsError } from './errors/invalid-options.error.js';
export { LoginStoreError } from './errors/login-store.error.js';
export { LoginsUnavailableError } from './errors/logins-unavailable.error.js';
export { NoSealingKeyError } from './errors/no-sealing-key.error.js';
export { SecretsUnavailableError } from './errors/secrets-unavailable.error.js';
export { SessionCookieError } from './errors/session-cookie.error.js';
export { SessionExposedError } from './errors/session-exposed.error.js';
export { SessionInvalidError, type ContentIssue } from './errors/session-invalid.error.js';
export { SessionKeptError } from './errors/session-kept.error.js';
export { SessionNotSerializableError } from './errors/session-not-serializable.error.js';
export { SessionTooLargeError, type KeyWeight } from './errors/session-too-large.error.js';
export { SessionTooLateError } from './errors/session-too-late.error.js';
export { SessionUnavailableError } from './errors/session-unavailable.error.js';
export { UnknownSessionError } from './errors/unknown-session.error.js';
