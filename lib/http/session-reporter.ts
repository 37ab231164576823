import { channel } from 'node:diagnostics_channel';
import { ClientSessionsError } from '../errors/client-sessions.error.js';
import { SecretsUnavailableError } from '../errors/secrets-unavailable.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import type { SessionEvent, SessionReporter } from '../session/session-event.js';

/** Where messages for operators go: Nest's logger, or the console. */
export interface SessionLogger {
  log(message: string): void;
  debug(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The application's own listener. Its result matters only if it is a promise that rejects. */
export type SessionListener = (event: SessionEvent) => unknown;

/** Name of the `node:diagnostics_channel` on which every {@link SessionEvent} is published. */
export const SESSION_EVENTS_CHANNEL = 'nestjs-client-sessions';

const events = channel(SESSION_EVENTS_CHANNEL);

/** Passes events on to subscribers, to the application and to the log. Each warning is passed on once. */
export function createReporter(logger: SessionLogger, onEvent?: SessionListener): SessionReporter {
  const warned = new Set<string>();
  // A fault of the listener must break neither the response nor the process.
  const complain = (error: unknown): void => write(() => logger.error(`onEvent threw ${reasonOf(error)}`));
  return (event) => {
    if (event.type === 'warning') {
      if (warned.has(event.message)) return;
      warned.add(event.message);
    }
    events.publish(event);
    write(() => log(event, logger));
    try {
      const later: unknown = onEvent?.(event);
      if (later !== undefined) Promise.resolve(later).catch(complain);
    } catch (error) {
      complain(error);
    }
  };
}

function write(act: () => void): void {
  try {
    act();
  } catch {
    // If the logger fails, there is no other place to report it.
  }
}

function log(event: SessionEvent, logger: SessionLogger): void {
  switch (event.type) {
    case 'refused':
      if (event.version === undefined)
        logger.debug(`Refused a cookie of session "${event.session}": ${event.reason}`);
      else logger.warn(describeContentRefusal(event));
      break;
    case 'lost':
    case 'exposed':
      logger.error(describeLoss(event));
      break;
    case 'withheld':
      logger.warn(
        `The session "${event.session}" was not stored: ` +
          'it began on a request from another site, and the browser withheld its cookie from that request. ' +
          'If such a request is to begin a session, as a login does, call reset(), ' +
          'or set "crossSite" to \'store\'.',
      );
      break;
    case 'warning':
      logger.warn(event.message);
      break;
    case 'keys':
      if (event.isSealing === false) logger.error(describeIdleKeys(event));
      else logger.log(describeKeys(event));
      break;
    case 'keys-failed':
      logger.error(
        `New secrets of sessions ${event.sessions.join(', ')} could not be loaded, the last ones stay in force: ` +
          (event.error instanceof SecretsUnavailableError ? event.error.reason : reasonOf(event.error)),
      );
  }
}

function describeLoss(event: Extract<SessionEvent, { type: 'lost' | 'exposed' }>): string {
  const remedy = event.type === 'lost' && event.remedy;
  return remedy ? `${describeProblem(event)}\n${remedy}` : describeProblem(event);
}

/** Leaves out the messages of errors from other code, because they may quote session content. */
function describeProblem({ session, error }: Extract<SessionEvent, { type: 'lost' | 'exposed' }>): string {
  if (error instanceof ClientSessionsError) return error.stack ?? error.message;
  return (
    `A change of session "${session}" was lost: ${describeThrown(error)}. ` +
    'The error may quote content, so only onEvent receives it.'
  );
}

type KeysEvent = Extract<SessionEvent, { type: 'keys' }>;

function describeKeys({ sessions, keyIds: [sealing, ...opening] }: KeysEvent): string {
  const others = opening.length ? `, ${opening.join(', ')} open, too` : '';
  return `Key ${sealing} seals sessions ${sessions.join(', ')}${others}`;
}

function describeIdleKeys({ sessions, keyIds }: KeysEvent): string {
  const opening = keyIds.length ? ` Key ${keyIds.join(', ')} opens.` : '';
  return (
    `No key may seal sessions ${sessions.join(', ')}, so that nothing can be stored: ` +
    `each key was revoked, has expired, or may not be used yet.${opening} ` +
    'Put a secret in front of the list, one that may seal.'
  );
}

/** Returns the name and message of an error, or a placeholder for any other value. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no reason given';
  } catch {
    // A getter of the error threw, too.
    return 'no reason given';
  }
}

/**
 * Describes genuine content that this release cannot use. It names paths only, because a schema's messages
 * may quote values.
 */
function describeContentRefusal({
  session,
  reason,
  version,
  issues = [],
}: Extract<SessionEvent, { type: 'refused' }>): string {
  const paths = issues.map(({ path }) => path || 'content').join(', ');
  return `Refused the content of session "${session}", version ${version}: ${reason}${paths && ` (${paths})`}`;
}
