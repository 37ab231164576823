import type { ProcessName } from './login-model.js';
import type { Holder } from './worker/settings.js';

/** What came back of one request. All times are ms of `performance.now()`. */
export interface Answer {
  readonly process: ProcessName;
  readonly sentAt: number;
  readonly receivedAt: number;
  /** 0: no answer, because the connection was cut off. */
  readonly status: number;
  readonly setCookies: readonly string[];
  /** Which login the request came with, as the server saw it. `undefined`: the answer does not say. */
  readonly holder: Holder | null | undefined;
  readonly body: unknown;
  /** Why there is no answer. */
  readonly failure?: string;
}

export interface Target {
  readonly origin: string;
  readonly process: ProcessName;
}

export type Method = 'GET' | 'POST';

export interface RequestParts {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The visitor goes away after so long: ms. */
  readonly abortAfter?: number | undefined;
  /** Hears of the head, in the same turn of the event loop in which it is there. A browser has the cookies then. */
  readonly onHead?: (head: Head) => void;
}

export interface Head {
  readonly status: number;
  readonly setCookies: readonly string[];
  readonly header: (name: string) => string | null;
}

const PATIENCE = 30_000;

/** Sends one request. Never rejects: no answer is an answer, too. */
export async function send(
  { origin, process }: Target,
  [method, path]: readonly [method: Method, path: string],
  cookie: string,
  { body, headers, abortAfter = PATIENCE, onHead }: RequestParts = {},
): Promise<Answer> {
  const sentAt = performance.now();
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), abortAfter);
  try {
    const response = await fetch(origin + path, {
      method,
      headers: { ...(cookie && { cookie }), ...(body && { 'content-type': 'application/json' }), ...headers },
      signal: leaving.signal,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { status } = response;
    const setCookies = response.headers.getSetCookie();
    onHead?.({ status, setCookies, header: (name) => response.headers.get(name) });
    const text = await response.text();
    const receivedAt = performance.now();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const parsed = (isJson ? JSON.parse(text) : {}) as { holder?: Holder | null };
    return { process, sentAt, receivedAt, status, setCookies, holder: parsed.holder, body: parsed };
  } catch (error) {
    // Which error it is differs with the moment at which a process is killed. That there was no fault is noticed later.
    const receivedAt = performance.now();
    const failure = String((error as Error).cause ?? error);
    return { process, sentAt, receivedAt, status: 0, setCookies: [], holder: undefined, body: {}, failure };
  } finally {
    clearTimeout(timer);
  }
}

/** The Cookie header that a browser sends after it was told to set these cookies. */
export function cookieAfter(cookie: string, setCookies: readonly string[]): string {
  const pairs = [...cookie.split('; '), ...setCookies.map((header) => header.split(';', 1)[0]!)];
  const cookies = new Map(pairs.filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf('=')), pair]));
  return [...cookies.values()].join('; ');
}
