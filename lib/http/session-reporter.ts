import { channel } from 'node:diagnostics_channel';
import type { SessionEvent, SessionReporter } from '../session/session-event.js';

/** Where messages for operators go: Nest's logger, or the console. */
export interface SessionLogger {
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
      logger.error(
        `onEvent threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  };
}

function log(event: SessionEvent, logger: SessionLogger): void {
  if (event.type === 'lost') logger.error(event.error.stack ?? event.error.message);
  else if (event.type === 'warning') logger.warn(event.message);
  else if (event.version === undefined)
    logger.debug(`Refused a cookie of session "${event.session}": ${event.reason}`);
  else logger.warn(describeContentRefusal(event));
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
