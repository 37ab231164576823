import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, Get, Param } from '@nestjs/common';
import {
  ClientSessionsError,
  getSessionInfo,
  Session,
  type SessionEvent,
  SessionTooLargeError,
} from '../../../lib/index.js';
import { ofSessions } from '../../support/events.js';

/** A session that holds texts under any names. */
export type Notes = Session<Record<string, string>>;

/** What `/read` answers. */
export interface Read {
  readonly content: Record<string, string>;
  readonly isNew: boolean;
}

/** Reads and changes the default session. */
@Controller()
export class NotesController {
  @Get('read')
  read(@Session() notes: Notes): Read {
    return { content: { ...notes }, isNew: getSessionInfo(notes).isNew };
  }

  @Get('write/:key/:value')
  write(@Param('key') key: string, @Param('value') value: string, @Session() notes: Notes): string {
    notes[key] = value;
    return 'written';
  }

  /** Writes a text of this many bytes. */
  @Get('fill/:bytes')
  fill(@Param('bytes') bytes: string, @Session() notes: Notes): string {
    notes['text'] = 'x'.repeat(Number(bytes));
    return 'filled';
  }

  @Get('end')
  end(@Session() notes: Notes): string {
    notes.destroy();
    return 'ended';
  }
}

/** Answers 413 if a session cannot be stored. */
@Catch(SessionTooLargeError)
export class TooLargeFilter implements ExceptionFilter<SessionTooLargeError> {
  catch({ bytes, heaviest, code }: SessionTooLargeError, host: ArgumentsHost): void {
    const text = JSON.stringify({ code, bytes, heaviest: heaviest.map(({ key }) => key) });
    const response: object = host.switchToHttp().getResponse();
    const send = 'code' in response ? 'code' : 'status';
    (response as Record<string, (status: number) => { send(text: string): void }>)[send]!(413).send(text);
  }
}

/** Collects the warnings of an application. */
export function collectWarnings(): { warnings: string[]; onEvent: (event: SessionEvent) => void } {
  const warnings: string[] = [];
  return {
    warnings,
    onEvent: ofSessions((event) => void (event.type === 'warning' && warnings.push(event.message))),
  };
}

/** Whether an error is one of the library's. */
export function isOurs(error: unknown): error is ClientSessionsError {
  return error instanceof ClientSessionsError;
}
