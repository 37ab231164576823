import { cookieDate } from './cookie-date.js';

/** The attributes of a cookie, as a response has sent them. */
export interface ReceivedAttributes {
  readonly domain?: string;
  readonly path?: string;
  /** ms since epoch */
  readonly expires?: number;
  /** seconds, as in the header */
  readonly maxAge?: number;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  readonly partitioned: boolean;
  readonly priority?: string;
}

/** A cookie of a `Set-Cookie` header. */
export interface ReceivedCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: ReceivedAttributes;
}

const LONGEST_ATTRIBUTE = 1024;
// oxlint-disable-next-line no-control-regex -- Browsers drop cookies with them.
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/;
const SAME_SITE = ['Strict', 'Lax', 'None'] as const;

type Attributes = { -readonly [Name in keyof ReceivedAttributes]: ReceivedAttributes[Name] };

/**
 * Reads a `Set-Cookie` header as a browser does. Cookies without a name count as none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
export function receivedCookie(header: string): ReceivedCookie | undefined {
  if (CONTROLS.test(header)) return undefined;
  const [pair = '', ...parts] = header.split(';');
  const [name, value] = split(pair);
  if (name === '' || value === undefined) return undefined;
  const attributes: Attributes = { secure: false, httpOnly: false, partitioned: false };
  for (const part of parts) take(attributes, ...split(part));
  return { name, value, attributes };
}

/** Whether a cookie deletes the one that the browser has. */
export function isDeletion({ attributes: { maxAge, expires } }: ReceivedCookie): boolean {
  return maxAge === undefined ? expires !== undefined && expires <= 0 : maxAge <= 0;
}

/** Adds an attribute. Of attributes with one name, the last one counts. */
function take(attributes: Attributes, name: string, value = ''): void {
  if (value.length > LONGEST_ATTRIBUTE) return;
  switch (name.toLowerCase()) {
    case 'expires': {
      const expires = cookieDate(value);
      if (expires !== undefined) attributes.expires = expires;
      return;
    }
    case 'max-age':
      if (/^-?\d+$/.test(value)) attributes.maxAge = Number(value);
      return;
    case 'domain':
      attributes.domain = value.replace(/^\./, '').toLowerCase();
      return;
    case 'path':
      attributes.path = value;
      return;
    case 'secure':
      attributes.secure = true;
      return;
    case 'httponly':
      attributes.httpOnly = true;
      return;
    case 'partitioned':
      attributes.partitioned = true;
      return;
    case 'priority':
      attributes.priority = value;
      return;
    case 'samesite': {
      const sameSite = SAME_SITE.find((each) => each.toLowerCase() === value.toLowerCase());
      if (sameSite) attributes.sameSite = sameSite;
    }
  }
}

/** @returns name and value without the blanks around them; no value if there is no `=` */
function split(text: string): [name: string, value?: string] {
  const equals = text.indexOf('=');
  return equals === -1 ? [trimmed(text)] : [trimmed(text.slice(0, equals)), trimmed(text.slice(equals + 1))];
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
