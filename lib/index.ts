export { ClientSessionsModule } from './client-sessions.module.js';
export { ClientSessionsMiddleware } from './client-sessions.middleware.js';
export { ClientSessionsInterceptor } from './client-sessions.interceptor.js';
export { getSessionOptionsToken } from './client-sessions.constants.js';
export { ClientSession, Session } from './decorators/session.decorator.js';
export { InjectSessionOptions } from './decorators/inject-session-options.decorator.js';
export { RequireSession } from './decorators/require-session.decorator.js';
export type { SessionPredicate } from './session.guard.js';
export {
  defineSession,
  SessionDefinition,
  type SchemaSessionOptions,
  type TypedSessionOptions,
} from './http/session-definition.js';
export { getSession } from './get-session.js';
export { getSessionInfo } from './session/get-session-info.js';
export { clientSessions, type ClientSessions, type ConnectMiddleware } from './connect.js';
export type { AncestorDecoded, AncestorOptions, AncestorUtil } from './ancestor-util.js';
export {
  createSessionCodec,
  type SealTimes,
  type SessionCodec,
  type SessionCodecOptions,
  type Unsealed,
} from './session-codec.js';

export type {
  ClientSessionsModuleAsyncOptions,
  ClientSessionsModuleExtras,
  ClientSessionsModuleOptions,
  ClientSessionsOptionsFactory,
} from './interfaces/client-sessions-module-options.interface.js';
export type {
  SessionName,
  SessionOf,
  SessionProperties,
  SessionTypes,
} from './interfaces/session-types.interface.js';
export type { ClientSessionsOptions } from './http/client-sessions-options.js';
export type { ResolvedSessionOptions, SessionOptions } from './http/session-options.js';
export type { CookieAttributes, CookieOptions } from './http/cookie-options.js';
export { SESSION_EVENTS_CHANNEL } from './http/session-reporter.js';
export type { ContentShape, SessionContent } from './session/content.js';
export type { ContentCodec } from './session/content-codec.js';
export type { ContentOptions, InvalidContentPolicy, MigrationStep } from './session/content-options.js';
export type { Duration } from './session/duration.js';
export type { Lifetime, LifetimeOptions } from './session/lifetime.js';
export type { RefusalReason, SessionEvent } from './session/session-event.js';
export type { SessionInfo } from './session/session-info.js';
export type { SessionCallback, SessionMethods } from './session/session-object.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './session/standard-schema.js';
export type { LegacyOptions } from './http/legacy-options.js';
export type {
  AncestorEncryptionAlgorithm,
  AncestorKeyOptions,
  AncestorSignatureAlgorithm,
} from './sealing/ancestor-keys.js';
export type { Secret } from './sealing/secret.js';
export type { SecretEntry, SecretList, Time } from './sealing/secret-entry.js';
export type { SecretFunction, SecretOption, SecretStream } from './sealing/secret-source.js';
export type { SealRefusal } from './sealing/sealer.js';

export { ClientSessionsError, type ClientSessionsErrorCode } from './errors/client-sessions.error.js';
export { InvalidOptionsError } from './errors/invalid-options.error.js';
export { NoSealingKeyError } from './errors/no-sealing-key.error.js';
export { SecretsUnavailableError } from './errors/secrets-unavailable.error.js';
export { SessionExposedError } from './errors/session-exposed.error.js';
export { SessionInvalidError, type ContentIssue } from './errors/session-invalid.error.js';
export { SessionKeptError } from './errors/session-kept.error.js';
export { SessionNotSerializableError } from './errors/session-not-serializable.error.js';
export { SessionTooLargeError, type KeyWeight } from './errors/session-too-large.error.js';
export { SessionTooLateError } from './errors/session-too-late.error.js';
export { SessionUnavailableError } from './errors/session-unavailable.error.js';
export { UnknownSessionError } from './errors/unknown-session.error.js';
