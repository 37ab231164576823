import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { getSession, LoginsUnavailableError, SessionTooLargeError } from 'nestjs-client-sessions';
import { Pages } from './pages.service.js';
import type { Visit } from './sessions.js';
import { errorView } from './views/error.view.js';
import { loginView } from './views/login.view.js';

/** Answers every error with a page. */
@Catch()
export class ErrorPage implements ExceptionFilter {
  readonly #logger = new Logger('Shop');

  constructor(private readonly pages: Pages) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const { status, message } = this.#explain(error);
    if (response.headersSent) {
      response.end();
    } else if (status === HttpStatus.UNAUTHORIZED) {
      this.pages.send(response, 'Log in', loginView(getSession<Visit>(request).csrf, message), status);
    } else if (status === HttpStatus.SERVICE_UNAVAILABLE) {
      this.pages.sendBare(response, 'In a moment', errorView(message), status);
    } else {
      this.pages.send(response, STATUS_CODES[status] ?? 'Error', errorView(message), status);
    }
  }

  #explain(error: unknown): { status: number; message: string } {
    if (error instanceof HttpException) return { status: error.getStatus(), message: error.message };
    if (error instanceof SessionTooLargeError) {
      const { session, bytes, limit } = error;
      const message =
        `With that, the ${session} would take ${bytes} bytes, and a browser keeps ${limit}. ` +
        'Go back and make it shorter.';
      return { status: HttpStatus.PAYLOAD_TOO_LARGE, message };
    }
    if (error instanceof LoginsUnavailableError) {
      const message = 'We cannot check your login right now. Nothing is lost: try again in a moment.';
      return { status: error.statusCode, message };
    }
    this.#logger.error(error);
    return { status: HttpStatus.INTERNAL_SERVER_ERROR, message: 'That was our fault. Try again later.' };
  }
}
