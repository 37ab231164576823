import type { ServerResponse } from 'node:http';
import type { HeaderLimits } from '../options/header-limits.js';
import type { SessionEvent, SessionReporter } from '../session/session-event.js';

type BudgetEvent = Extract<SessionEvent, { type: 'budget' }>;
/** The part of a header that one session takes. */
export type HeaderShare = BudgetEvent['sessions'][number];

/** The part of a limit from which on it is reported. */
const NEARLY = 0.7;
const FRAME = 'Set-Cookie: \r\n'.length;

/**
 * Compares the cookies of all sessions together with what servers and proxies accept. It only reports: a header that is
 * too long for one proxy is fine for another.
 */
export class HeaderBudget {
  readonly #limits: HeaderLimits;
  readonly #report: SessionReporter;

  constructor(limits: HeaderLimits, report: SessionReporter) {
    this.#limits = limits;
    this.#report = report;
  }

  /** How long one of two cookies in a request may be, so that both stay within the budget. */
  get halfOfRequest(): number | undefined {
    return this.#limits && Math.floor((this.#limits.in * NEARLY) / 2);
  }

  /** @param sharesOf returns the sessions in the header, the largest first */
  check(direction: BudgetEvent['direction'], bytes: number, sharesOf: () => readonly HeaderShare[]): void {
    const limit = this.#limits?.[direction];
    if (limit === undefined || bytes < limit * NEARLY) return;
    this.#report({ type: 'budget', direction, bytes, limit, sessions: sharesOf() });
  }
}

/** Returns the bytes of all Set-Cookie headers of a response, also those of other code. */
export function bytesOfSetCookies(response: ServerResponse): number {
  return bytesOf(setCookiesOf(response));
}

/** Returns a function that counts the bytes of the cookies of a name that arrived: `name=value; `. */
export function bytesOfArrived(arrived: ReadonlyMap<string, readonly string[]>): (name: string) => number {
  return (name) =>
    (arrived.get(name) ?? []).reduce((sum, value) => sum + `${name}=; `.length + value.length, 0);
}

/** Returns a function that counts the bytes of the Set-Cookie headers of a name. */
export function bytesOfWritten(response: ServerResponse): (name: string) => number {
  const headers = setCookiesOf(response);
  return (name) => bytesOf(headers.filter((header) => header.startsWith(`${name}=`)));
}

function setCookiesOf(response: ServerResponse): string[] {
  return [response.getHeader('set-cookie') ?? []].flat().map(String);
}

function bytesOf(headers: readonly string[]): number {
  return headers.reduce((sum, header) => sum + header.length + FRAME, 0);
}
