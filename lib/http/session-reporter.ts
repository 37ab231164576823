import { channel } from 'node:diagnostics_channel';
import type { SessionEvent, SessionReporter } from '../session/session-event.js';

/** Where messages for operators go: Nest's logger, or the console. */
export interface SessionLogger {
  log(message: string): void;
  debug(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Name of the `node:diagnostics_channel` on which every {@link SessionEvent} is published. */
export const SESSION_EVENTS_CHANNEL = 'nestjs-client-sessions';

const events = channel(SESSION_EVENTS_CHANNEL);

/** Passes events on to subscribers, to the application and to the log. A warning is repeated for nobody. */
export function createReporter(logger: SessionLogger, onEvent?: SessionReporter): SessionReporter {
  const warned = new Set<string>();
  return (event) => {
    if (event.type === 'warning') {
      if (warned.has(event.message)) return;
      warned.add(event.message);
    }
    events.publish(event);
    log(event, logger);
    try {
      onEvent?.(event);
    } catch (error) {
      // The listener's own fault must not take the response with it.
      logger.error(`onEvent threw ${reasonOf(error)}`);
    }
  };
}

function log(event: SessionEvent, logger: SessionLogger): void {
  switch (event.type) {
    case 'refused':
      if (event.version === undefined)
        logger.debug(`Refused a cookie of session "${event.session}": ${event.reason}`);
      else logger.warn(describeContentRefusal(event));
      break;
    case 'lost':
      logger.error(event.error.stack ?? event.error.message);
      break;
    case 'warning':
      logger.warn(event.message);
      break;
    case 'keys': {
      const [sealing, ...opening] = event.keyIds;
      logger.log(
        `Key ${sealing} seals sessions ${event.sessions.join(', ')}${opening.length ? `, ${opening.join(', ')} open, too` : ''}`,
      );
      break;
    }
    case 'keys-failed':
      logger.error(
        `New secrets of sessions ${event.sessions.join(', ')} could not be had, the last ones stay: ${reasonOf(event.error)}`,
      );
  }
}

/** Names and messages, but those of `JSON.parse`: it quotes what it was given, which may be a file of secrets. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  return error.name === 'SyntaxError' ? error.name : `${error.name}: ${error.message}`;
}

/** Genuine content that this release cannot use is the application's affair. Paths only: what a schema says may quote values. */
function describeContentRefusal({
  session,
  reason,
  version,
  issues = [],
}: Extract<SessionEvent, { type: 'refused' }>): string {
  const paths = issues.map(({ path }) => path || 'content').join(', ');
  return `Refused the content of session "${session}", version ${version}: ${reason}${paths && ` (${paths})`}`;
}
