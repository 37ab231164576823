import { decodeBase64url, encodeBase64url } from '../sealing/base64url.js';
import { LOGIN_ID_BYTES } from '../sealing/login.js';
import { GENERATION_BYTES } from '../sealing/session-record.js';
import type { StoredFact } from './login-store.js';

/** One login has ended. */
export interface EndedLogin {
  readonly type: 'login';
  readonly id: Buffer;
  /** From this time on nobody needs the fact: ms since epoch. */
  readonly until: number;
}

/** All logins of one generation have ended. */
export interface EndedGeneration {
  readonly type: 'generation';
  readonly generation: Buffer;
  /** From this time on logins may be sealed with the generation again: ms since epoch. */
  readonly restsUntil: number;
  /** 16 random bytes that belong to one call of `endAll()`. */
  readonly call: Buffer;
  /** From this time on nobody needs the fact: ms since epoch. */
  readonly until: number;
}

export type LoginFact = EndedLogin | EndedGeneration;

/** `newer`: of a release that this one does not know, so that nobody can say whom it ends. `rubbish`: not of ours. */
export type Decoded = LoginFact | 'newer' | 'rubbish';

const VERSION = 1;
const CALL_BYTES = 16;
const MAXIMUM_CHARACTERS = 100;
/** The last moment of a Date. */
const LATEST = 8.64e15;

/**
 * ```
 * 1.<id>                                  a login
 * 1.<generation>.<restsUntil>.<call>      all logins of a generation
 * ```
 * Bytes are base64url, the time is in base 36.
 */
export function encodeFact(fact: LoginFact): StoredFact {
  const parts =
    fact.type === 'login'
      ? [encodeBase64url(fact.id)]
      : [encodeBase64url(fact.generation), fact.restsUntil.toString(36), encodeBase64url(fact.call)];
  return { text: [VERSION, ...parts].join('.'), until: fact.until };
}

/** Reads what a store handed out, whatever that is. */
export function decodeFact(stored: StoredFact): Decoded {
  const { text, until } = (stored ?? {}) as Partial<Record<keyof StoredFact, unknown>>;
  if (typeof text !== 'string' || !isTime(until)) return 'rubbish';
  const [, version, rest = ''] = /^([1-9]\d{0,8})\.(.*)$/s.exec(text) ?? [];
  if (version === undefined) return 'rubbish';
  if (Number(version) > VERSION) return 'newer';
  if (text.length > MAXIMUM_CHARACTERS) return 'rubbish';
  return (rest.includes('.') ? decodeGeneration(rest, until) : decodeLogin(rest, until)) ?? 'rubbish';
}

function decodeLogin(text: string, until: number): EndedLogin | undefined {
  const id = bytesOf(text, LOGIN_ID_BYTES);
  return id && { type: 'login', id, until };
}

function decodeGeneration(text: string, until: number): EndedGeneration | undefined {
  const [first = '', time = '', last = '', ...others] = text.split('.');
  const generation = bytesOf(first, GENERATION_BYTES);
  const call = bytesOf(last, CALL_BYTES);
  const restsUntil = parseInt(time, 36);
  const isTimely = isTime(restsUntil) && restsUntil.toString(36) === time && restsUntil <= until;
  if (!generation || !call || !isTimely || others.length > 0) return undefined;
  return { type: 'generation', generation, restsUntil, call, until };
}

function bytesOf(text: string, length: number): Buffer | undefined {
  const bytes = decodeBase64url(text);
  return bytes?.length === length ? bytes : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATEST;
}
