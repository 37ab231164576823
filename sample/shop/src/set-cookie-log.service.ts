import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { getSession } from 'nestjs-client-sessions';
import type { Visit } from './sessions.js';

const VISITORS = 1000;

/**
 * Remembers the last Set-Cookie header of each cookie, for the panel only. Most cookies are set by the
 * response to a form, which is a redirect, and the next page cannot see the headers of that response.
 */
@Injectable()
export class SetCookieLog {
  readonly #byVisitor = new Map<string, Map<string, string>>();

  /** Middleware. */
  readonly record = (request: Request, response: Response, next: NextFunction): void => {
    response.once('finish', () => {
      const headers = setCookiesOf(response);
      const visitor = headers.size > 0 && getSession<Visit>(request).csrf;
      if (visitor) this.#remember(visitor, headers);
    });
    next();
  };

  last(visitor: string | undefined, cookie: string): string | undefined {
    return visitor === undefined ? undefined : this.#byVisitor.get(visitor)?.get(cookie);
  }

  #remember(visitor: string, headers: ReadonlyMap<string, string>): void {
    const all = new Map([...(this.#byVisitor.get(visitor) ?? []), ...headers]);
    this.#byVisitor.delete(visitor);
    this.#byVisitor.set(visitor, all);
    if (this.#byVisitor.size > VISITORS) this.#byVisitor.delete(this.#byVisitor.keys().next().value!);
  }
}

/** The Set-Cookie headers of a response by the cookies' names. */
export function setCookiesOf(response: Response): ReadonlyMap<string, string> {
  const headers = [response.getHeader('set-cookie') ?? []].flat().map(String);
  return new Map(headers.map((header) => [header.slice(0, header.indexOf('=')), header]));
}
