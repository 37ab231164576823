import { createCodec as aes256Gcm } from './aes-256-gcm.mjs';
import { createCodec as clientSessions } from './client-sessions.mjs';
import { createCodec as expressOpenidConnect } from './express-openid-connect.mjs';
import { createCodec as ironSession } from './iron-session.mjs';
import { createCodec as jose } from './jose.mjs';
import { createCodec as json } from './json.mjs';
import { createCodec as nestjsClientSessions } from './nestjs-client-sessions.mjs';
import { createCodec as secureSession } from './secure-session.mjs';
import { createCodec as xaes256Gcm } from './xaes-256-gcm.mjs';

/**
 * @param {import('../options.mjs').Builds} builds
 * @returns {Promise<import('./codec.mjs').Codec[]>} the library first, then its peers, then the floors
 */
export function createCodecs(builds) {
  return Promise.all([
    ...Object.entries(builds).map(([name, url]) => nestjsClientSessions(name, url)),
    clientSessions(),
    secureSession(),
    expressOpenidConnect(),
    jose(),
    ironSession(),
    json(),
    aes256Gcm(),
    xaes256Gcm(),
  ]);
}
