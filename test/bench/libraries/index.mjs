import { bare } from './bare.mjs';
import { clientSessions } from './client-sessions.mjs';
import { cookieSession } from './cookie-session.mjs';
import { expressOpenidConnect } from './express-openid-connect.mjs';
import { expressSession } from './express-session.mjs';
import { ironSession } from './iron-session.mjs';
import { nestjsClientSessions } from './nestjs-client-sessions.mjs';
import { prototypeHooks } from './prototype-hooks.mjs';
import { secureSession } from './secure-session.mjs';

export const BARE = 'bare Nest application';
export const CONTROL = 'the same again (control)';

/**
 * @param {import('../options.mjs').Builds} builds
 * @returns {import('./library.mjs').Library[]} the bare application first
 */
export function createLibraries(builds) {
  return [
    bare(BARE),
    bare(CONTROL),
    ...Object.entries(builds).map(([name, url]) => nestjsClientSessions(name, url)),
    clientSessions,
    cookieSession,
    expressSession,
    expressOpenidConnect,
    ironSession,
    secureSession,
    prototypeHooks,
  ];
}
