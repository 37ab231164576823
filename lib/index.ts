// Everything that can be imported. `Session` is a decorator and a type here, and replaces the type of
// ./connect.js.
export * from './connect.js';

export { ClientSessionsModule } from './nest/client-sessions.module.js';
export { ClientSessionsMiddleware } from './nest/client-sessions.middleware.js';
export { ClientSessionsInterceptor } from './nest/client-sessions.interceptor.js';
export {
  getSessionDefinitionToken,
  getSessionOptionsToken,
  getSessionToken,
} from './nest/client-sessions.constants.js';
export { ClientSession, Session } from './nest/decorators/session.decorator.js';
export { InjectSession } from './nest/decorators/inject-session.decorator.js';
export { InjectSessionOptions } from './nest/decorators/inject-session-options.decorator.js';
export { RequireSession, type RequireSessionOptions } from './nest/decorators/require-session.decorator.js';
export type { SessionPredicate } from './nest/session.guard.js';
export type {
  ClientSessionsModuleAsyncOptions,
  ClientSessionsModuleExtras,
  ClientSessionsModuleOptions,
  ClientSessionsOptionsFactory,
  FeatureSession,
} from './nest/client-sessions-module-options.js';
