import clientSessions from 'client-sessions';
import { SECRET } from '../secret.mjs';

export const BASELINE = 'client-sessions';

/** @returns {import('./codec.mjs').Codec} */
export function createCodec() {
  const options = {
    cookieName: 'session',
    secret: SECRET,
    duration: 86_400_000,
    encryptionAlgorithm: 'aes256',
    signatureAlgorithm: 'sha256',
  };
  return {
    name: BASELINE,
    kind: 'peer',
    seal: (content) => clientSessions.util.encode(options, content, options.duration, Date.now()),
    unseal: (text) => clientSessions.util.decode(options, text)?.content,
  };
}
