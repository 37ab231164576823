import { channel } from 'node:diagnostics_channel';
import { ClientSessionsError } from '../errors/client-sessions.error.js';
import { SecretsUnavailableError } from '../errors/secrets-unavailable.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import { tellListeners } from '../session/listeners.js';
import type { LoginReport } from '../session/login-report.js';
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
  /** @returns whether it is news */
  const note = (warning: string): boolean => {
    const isKnown = warned.has(warning);
    warned.add(warning);
    return !isKnown;
  };
  // A fault of the listener must break neither the response nor the process.
  const complain = (error: unknown): void => write(() => logger.error(`onEvent threw ${reasonOf(error)}`));
  const tell = (event: SessionEvent): void => {
    events.publish(event);
    write(() => log(event, logger, note));
    try {
      const later: unknown = onEvent?.(event);
      if (later !== undefined) Promise.resolve(later).catch(complain);
    } catch (error) {
      complain(error);
    }
  };
  return (event) => {
    if (event.type === 'warning' && !note(event.message)) return;
    tellListeners(() => tell(event));
  };
}

function write(act: () => void): void {
  try {
    act();
  } catch {
    // If the logger fails, there is no other place to report it.
  }
}

function log(event: SessionEvent, logger: SessionLogger, note: (warning: string) => boolean): void {
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
    case 'duplicate':
      logger.debug(`The browser sent ${event.count} genuine cookies of session "${event.session}"`);
      break;
    case 'logins':
      logLogins(event.report, logger);
      break;
    case 'overwritten':
      logger.debug(
        `A change of session "${event.session}" replaced another one that was made at the same time`,
      );
      break;
    case 'budget':
      // It happens again with every request of such a visitor.
      if (note(kindOfBudget(event))) logger.warn(describeBudget(event));
      else logger.debug(describeBudget(event));
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

function logLogins(report: LoginReport, logger: SessionLogger): void {
  switch (report.type) {
    case 'down':
      logger.error(
        report.remedy === undefined
          ? `Logins are refused with 503, because their store does not answer (${report.reason}). Start it again.`
          : `Logins are refused with 503, because their store ${report.reason}. ${report.remedy}`,
      );
      break;
    case 'back':
      logger.log('The store of logins answers again');
      break;
    case 'lost':
      logger.error(
        'The store of logins has lost facts. They are put back. Let the store keep its data on disk.',
      );
      break;
    case 'restored':
      logger.log(`The store of logins has ${report.facts} lost facts again`);
      break;
    case 'newer':
      logger.error(
        'The store of logins holds facts of a newer release, so logins are refused. Deploy that release here.',
      );
      break;
    case 'rubbish':
      logger.warn(
        'The store of logins holds something else, which is ignored. Give logins a place of their own.',
      );
      break;
    case 'failed':
      logger.warn(
        `Logins: ${report.what} failed (${report.reason}). Nobody is affected, but lists of logins may lack it.`,
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

type BudgetEvent = Extract<SessionEvent, { type: 'budget' }>;

/**
 * Returns the same text for events of the same largest session. With all sessions in it, a client that sends its
 * cookies in ever other sizes would cause a warning for each order that there is.
 */
function kindOfBudget({ direction, bytes, limit, sessions }: BudgetEvent): string {
  return `budget ${direction} ${bytes > limit} ${sessions[0]?.name}`;
}

function describeBudget({ direction, bytes, limit, sessions }: BudgetEvent): string {
  const headers =
    direction === 'in' ? 'The Cookie header of a request has' : 'The Set-Cookie headers of a response have';
  const shares = sessions.map(
    ({ name, bytes, keys }) => `"${name}" ${bytes} bytes${keys.length ? ` (${keys.join(', ')})` : ''}`,
  );
  return (
    `${headers} ${bytes} bytes, the budget is ${limit}. ` +
    (shares.length ? `Sessions: ${shares.join('; ')}. ` : 'No session takes a part of it. ') +
    'Proxies and servers refuse headers that are too large. ' +
    (shares.length
      ? 'Keep less in these sessions, and the rest on the server.'
      : 'Remove other cookies of this site, or raise "headerBudget".')
  );
}

type KeysEvent = Extract<SessionEvent, { type: 'keys' }>;

function describeKeys({ sessions, keyIds: [sealing, ...opening] }: KeysEvent): string {
  const others = opening.length ? `; ${opening.join(', ')} open, too` : '';
  return `Key ${sealing} seals the sessions: ${sessions.join(', ')}${others}`;
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
