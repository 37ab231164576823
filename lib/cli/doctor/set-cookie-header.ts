import type { CookieOptions } from '../../options/cookie-options.js';
import { describeHeader } from '../../sealing/create-sealer.js';

/** What a Set-Cookie header says. The value itself is not kept. */
export interface SetCookieHeader {
  readonly name: string;
  /** Bytes of name and value, which browsers limit. */
  readonly size: number;
  /** Bytes of the whole header line. */
  readonly bytes: number;
  /** Whether the value is one that this package has sealed. */
  readonly isSealed: boolean;
  readonly isDeleted: boolean;
  readonly secure: boolean;
  readonly domain: string | undefined;
  /** The attributes that browsers check against the name. */
  readonly options: CookieOptions;
}

const FRAME = 'Set-Cookie: \r\n'.length;

/** @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.6 */
export function parseSetCookie(header: string): SetCookieHeader {
  const [pair = '', ...parts] = header.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(at, 0)).trim();
  const value = pair.slice(at + 1).trim();
  const attributes = new Map(
    parts.map((part) => {
      const [key = '', ...rest] = part.split('=');
      return [key.trim().toLowerCase(), rest.join('=').trim()] as const;
    }),
  );
  const secure = attributes.has('secure');
  const domain = attributes.get('domain') || undefined;
  return {
    name,
    size: Buffer.byteLength(name) + Buffer.byteLength(value),
    bytes: Buffer.byteLength(header) + FRAME,
    isSealed: describeHeader(value) !== undefined,
    isDeleted: value === '' || Number(attributes.get('max-age') ?? 1) <= 0,
    secure,
    domain,
    options: {
      path: attributes.get('path') || undefined,
      domain,
      secure,
      httpOnly: attributes.has('httponly'),
      sameSite: sameSiteOf(attributes.get('samesite')),
      partitioned: attributes.has('partitioned'),
    },
  };
}

function sameSiteOf(text: string | undefined): CookieOptions['sameSite'] {
  const value = text?.toLowerCase();
  return value === 'strict' || value === 'none' ? value : 'lax';
}
