import type { Scope } from './application.js';
import type { Pair } from './history.js';

/** A Set-Cookie header, taken apart. */
export interface SetCookie {
  readonly name: string;
  /** Empty if the cookie is deleted. */
  readonly value: string;
  readonly path: string | undefined;
  /** ms since epoch. `undefined`: it ends with the browser. */
  readonly expires: number | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly header: string;
}

export function parseSetCookie(header: string): SetCookie {
  const [first = '', ...attributes] = header.split('; ');
  const end = first.indexOf('=');
  const find = (name: string): string | undefined =>
    attributes.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  const [expires, maxAge] = [find('Expires'), find('Max-Age')];
  return {
    name: first.slice(0, end),
    value: first.slice(end + 1),
    path: find('Path'),
    expires: expires === undefined ? undefined : Date.parse(expires),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    header,
  };
}

/** What a response says of the cookies of one session, as they are written today. */
export class Reply {
  readonly #cookies: ReadonlyMap<string, SetCookie>;

  constructor(
    setCookies: readonly SetCookie[],
    private readonly scope: Scope,
  ) {
    this.#cookies = new Map(
      setCookies.filter(({ path }) => path === scope.path).map((each) => [each.name, each]),
    );
  }

  get own(): SetCookie | undefined {
    return this.#cookies.get(this.scope.cookieName);
  }

  get renewal(): SetCookie | undefined {
    return this.#written('r');
  }

  get ending(): SetCookie | undefined {
    return this.#written('x');
  }

  /** The session's own cookie, and those that it continues in. */
  get parts(): readonly Pair[] {
    const { cookieName } = this.scope;
    const { value } = this.own!;
    const count = /^[2-5]~/.test(value) ? Number(value[0]) : 1;
    const rest = Array.from({ length: count - 1 }, (_, i): Pair => {
      const name = `${cookieName}.${i + 1}`;
      return [name, this.#cookies.get(name)?.value ?? ''];
    });
    return [[cookieName, value], ...rest];
  }

  /** Whether it says what the browser is to have under a name: another value, or nothing. */
  tells(name: string): boolean {
    return this.#cookies.has(name);
  }

  #written(companion: string): SetCookie | undefined {
    const cookie = this.#cookies.get(`${this.scope.cookieName}.${companion}`);
    return cookie?.value ? cookie : undefined;
  }
}
