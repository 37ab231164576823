import { SessionTooLateError } from '../errors/session-too-late.error.js';

const IN_TIME =
  'Change sessions before the first byte of a response, also of a stream or of server-sent events.';

export type Lateness =
  | 'called after the head'
  | 'made after the head'
  | 'in a handshake'
  | 'to a replaced object'
  | 'past the hook';

/** Why a change cannot reach the browser, and what to do instead. */
const REASONS: Readonly<Record<Lateness, readonly [problem: string, remedy: string]>> = {
  'called after the head': ['the response head had already been sent', IN_TIME],
  'made after the head': ['it was made after the response head had been sent', IN_TIME],
  'in a handshake': [
    'there is no response that could carry its cookie',
    'Sessions of a WebSocket handshake are read-only; change them in an HTTP request.',
  ],
  'to a replaced object': [
    'it was made to an object that regenerate() had replaced',
    'After regenerate() take the session from the request again.',
  ],
  'past the hook': [
    'something else replaced "writeHead" of the response, which puts the cookie into the head',
    'Let the code that replaces "writeHead" call the original one.',
  ],
};

/** Creates the error for a change of a session that cannot reach the browser any more. */
export function tooLate(session: string, reason: Lateness): SessionTooLateError {
  const [problem, remedy] = REASONS[reason];
  return new SessionTooLateError(session, problem, remedy);
}
