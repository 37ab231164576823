import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Response } from 'express';
import {
  createSessionCodec,
  getSession,
  getSessionInfo,
  type SessionCodec,
  type Unsealed,
} from 'nestjs-client-sessions';
import type { Configuration } from './configuration.js';
import { SESSIONS, type Visit } from './sessions.js';
import { SetCookieLog, setCookiesOf } from './set-cookie-log.service.js';

/** A session as the browser holds it. */
export interface HeldSession {
  readonly name: string;
  readonly duration: string;
  /** The cookie's value; `undefined`: there is no cookie. */
  readonly sealed: string | undefined;
  /** The size of the cookie's name and value together. */
  readonly bytes: number;
  readonly opened: Unsealed | undefined;
  /** Whether the request brought no usable cookie. */
  readonly isNew: boolean;
  readonly setCookie: { readonly header: string; readonly isOfThisPage: boolean } | undefined;
}

/**
 * Shows what the visitor's browser holds. It opens the cookies themselves, so what it shows is always true.
 */
@Injectable()
export class Panel {
  readonly #codecs: ReadonlyMap<string, SessionCodec>;

  constructor(
    config: ConfigService<Configuration, true>,
    private readonly log: SetCookieLog,
  ) {
    const secret = config.get('secret', { infer: true });
    this.#codecs = new Map(
      SESSIONS.map((options) => [options.name, createSessionCodec({ ...options, secret })]),
    );
  }

  /** @param response a response whose head was sent, so that its cookies do not change any more */
  heldAfter(response: Response): HeldSession[] {
    const request = response.req;
    const held = cookiesOf(request.headers.cookie);
    const sent = setCookiesOf(response);
    const visitor = getSession<Visit>(request).csrf;
    return SESSIONS.map(({ name, duration }) => {
      const own = sent.get(name);
      const header = own ?? this.log.last(visitor, name);
      const sealed = (own ? valueOf(own) : held.get(name)) || undefined;
      return {
        name,
        duration,
        sealed,
        bytes: sealed ? name.length + sealed.length : 0,
        opened: sealed ? this.#codecs.get(name)?.unseal(sealed) : undefined,
        isNew: getSessionInfo(getSession(request, name)).isNew,
        setCookie: header ? { header, isOfThisPage: header === own } : undefined,
      };
    });
  }
}

function cookiesOf(header = ''): ReadonlyMap<string, string> {
  return new Map(header.split('; ').map((pair) => [pair.slice(0, pair.indexOf('=')), valueOf(pair)]));
}

/** Returns the value of `name=value`, with or without attributes. */
function valueOf(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1).split(';', 1)[0]!;
}
