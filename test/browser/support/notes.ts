import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, Get, Param } from '@nestjs/common';
import { getSessionInfo, Session, type SessionEvent, SessionTooLargeError } from '../../../lib/index.js';
import { ofSessions } from '../../support/events.js';

/** A session that holds texts under any names. */
export type Notes = Session<Record<string, string>>;

/** What `/read` answers. */
export interface Read {
  readonly content: Record<string, string>;
  readonly isNew: boolean;
}

/** A text of so many bytes that nowhere repeats itself for long, so that a part in the wrong place shows. */
export function textOf(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 8) }, (_, i) => `${i}`.padStart(8, '.'))
    .join('')
    .slice(0, bytes);
}

/** What Express and Fastify have in common. */
export interface Reply {
  status(status: number): Reply;
  header(name: string, value: string): Reply;
  send(text: string): void;
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

  /** Writes {@link textOf} so many bytes. */
  @Get('fill/:bytes')
  fill(@Param('bytes') bytes: string, @Session() notes: Notes): string {
    notes['text'] = textOf(Number(bytes));
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
  catch({ bytes }: SessionTooLargeError, host: ArgumentsHost): void {
    const response: Reply = host.switchToHttp().getResponse();
    response.status(413).send(`${bytes} bytes`);
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
