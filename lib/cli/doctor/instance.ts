import type { IncomingMessage } from 'node:http';
import { describeThrown } from '../../errors/thrown-value.js';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { HeaderBudget } from '../../http/header-budget.js';
import { isLocalRequest } from '../../http/secure-request.js';
import { createReporter } from '../../http/session-reporter.js';
import { TRUST } from '../../http/transport-warnings.js';
import { plainDomain, resolveCookieAttributes } from '../../options/cookie-options.js';
import { resolveHeaderLimits } from '../../options/header-limits.js';
import { CLOCK_TOLERANCE } from '../../session/lifetime.js';
import { COOKIE_BYTES } from '../../session/size-limit.js';
import type { Terminal } from '../terminal.js';
import { lengthText } from '../text.js';
import { UsageError } from '../usage-error.js';
import type { Check, Finding, Level } from './finding.js';
import { parseSetCookie, type SetCookieHeader } from './set-cookie-header.js';

/** What came back from one visit. */
interface Answer {
  readonly status: number;
  readonly cookies: readonly SetCookieHeader[];
  /** The clock of the server, and when the answer came: ms since epoch. `undefined`: there is no Date header. */
  readonly date: number | undefined;
  readonly at: number;
}

const PATIENCE = 10_000;
const ADDRESS = 'Give the address of a page that sets a session, such as https://shop.example/login.';
const PROXY_REMEDY =
  `Let the framework trust the proxy. Express: ${TRUST.express}. Fastify: ${TRUST.fastify}. ` +
  'The proxy must send X-Forwarded-Proto: https. Or set cookie.secure to true.';

/** Visits a running instance from outside, with nothing but GET. @throws {@link UsageError} */
export async function examineInstance(address: string, { now }: Pick<Terminal, 'now'>): Promise<Finding[]> {
  const url = addressOf(address);
  const isTls = url.protocol === 'https:';
  const plain = await visit(url, now);
  const proxied = isTls ? plain : await visit(url, now, { 'x-forwarded-proto': 'https' });
  const session = [...plain.cookies, ...proxied.cookies].find(({ isSealed }) => isSealed);
  if (!session) {
    throw new UsageError(`The answer with status ${proxied.status} sets no session`, ADDRESS);
  }
  return [
    ...(isTls ? examineTls(plain) : examineProxy(proxied)),
    ...(isTls || isLocalRequest({ headers: { host: url.host } } as IncomingMessage)
      ? []
      : examinePlain(plain)),
    ...examineCookies(proxied, url.hostname),
    ...examineScopes(proxied),
    ...examineSizes(proxied),
    ...examineClock(proxied),
  ];
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw new UsageError('The address must begin with http:// or https://, and hold no password', ADDRESS);
}

async function visit(url: URL, now: () => number, headers: Record<string, string> = {}): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    const at = now();
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      cookies: response.headers.getSetCookie().map(parseSetCookie),
      date: Number.isNaN(date) ? undefined : date,
      at,
    };
  } catch (error) {
    // fetch() hides the reason in the cause.
    const { cause = error } = error as { readonly cause?: unknown };
    throw new UsageError(
      `The address does not answer: ${describeThrown(cause)}`,
      'Start the instance first.',
    );
  }
}

function found(level: Level, check: Check, name: string, message: string): Finding {
  return { level, check, message: `Cookie "${name}": ${message}` };
}

function sealedIn({ cookies }: Answer): readonly SetCookieHeader[] {
  return cookies.filter(({ isSealed }) => isSealed);
}

/** Finds sealed cookies whose Secure attribute is not as it must be where the answer came from. */
function examineSecure(answer: Answer, isSecure: boolean, message: string): Finding[] {
  const wrong = sealedIn(answer).filter(({ secure }) => secure !== isSecure);
  return wrong.map(({ name }) => found('fails', 'proxy', name, message));
}

function examineTls(answer: Answer): Finding[] {
  const problem = 'it came over TLS without Secure, so the server did not see TLS.';
  return examineSecure(answer, true, `${problem} ${PROXY_REMEDY}`);
}

function examineProxy(answer: Answer): Finding[] {
  const problem = 'the request said X-Forwarded-Proto: https, and it came without Secure.';
  const otherwise = 'If only the address of the proxy is trusted, look through the proxy: --url https://…';
  return examineSecure(answer, true, `${problem} ${PROXY_REMEDY} ${otherwise}`);
}

function examinePlain(answer: Answer): Finding[] {
  const problem = 'it is Secure and came over plain http, where browsers drop it.';
  const remedy = 'Serve the page over https alone, or set cookie.secure to "auto".';
  return examineSecure(answer, false, `${problem} ${remedy}`);
}

/** Proxies may change what the application has checked when it started. */
function examineCookies(answer: Answer, host: string): Finding[] {
  return sealedIn(answer).flatMap((cookie): Finding[] => {
    const { name, domain } = cookie;
    const plain = domain === undefined ? undefined : plainDomain(domain);
    if (plain !== undefined && host !== plain && !host.endsWith(`.${plain}`)) {
      const message =
        `its domain does not contain ${host}, so browsers reject it. ` +
        'Leave cookie.domain out, or give the domain of the site.';
      return [found('fails', 'scopes', name, message)];
    }
    try {
      resolveCookieAttributes(cookie.options, name);
      return [];
    } catch (error) {
      if (!(error instanceof InvalidOptionsError)) throw error;
      const check = name.startsWith('__') ? 'prefix' : 'attributes';
      const attribute = error.option.replace('cookie.', '');
      const message = `its ${attribute} ${error.problem}. ${error.remedy} A proxy may have changed it.`;
      return [found('fails', check, name, message)];
    }
  });
}

function examineScopes({ cookies }: Answer): Finding[] {
  const kept = cookies.filter(({ isDeleted }) => !isDeleted);
  const names = kept.map(({ name }) => name);
  const twice = new Set(names.filter((name, i) => names.indexOf(name) < i));
  return [...twice].map((name) =>
    found(
      'fails',
      'scopes',
      name,
      'one answer sets it more than once, so that browsers keep one for each path and domain, and send all of them. ' +
        'Configure it once; "previousCookies" removes the one of an earlier configuration.',
    ),
  );
}

function examineSizes({ cookies }: Answer): Finding[] {
  const findings = cookies
    .filter(({ size }) => size > COOKIE_BYTES)
    .map(({ name, size }) =>
      found(
        'fails',
        'headers',
        name,
        `name and value have ${size} bytes, and browsers drop cookies of more than ${COOKIE_BYTES}. Keep less in it.`,
      ),
    );
  const say = (message: string): unknown => findings.push({ level: 'warning', check: 'headers', message });
  const report = createReporter({ log: say, debug: say, warn: say, error: say });
  new HeaderBudget(resolveHeaderLimits(), report).check(
    'out',
    cookies.reduce((sum, { bytes }) => sum + bytes, 0),
    () => cookies.map(({ name, bytes }) => ({ name, bytes, keys: [] })).sort((a, b) => b.bytes - a.bytes),
  );
  return findings;
}

function examineClock({ date, at }: Answer): Finding[] {
  if (date === undefined) return [];
  const ahead = date - at;
  // The Date header has no milliseconds.
  if (Math.abs(ahead) <= CLOCK_TOLERANCE + 1_000) return [];
  const direction = ahead > 0 ? 'ahead of' : 'behind';
  return [
    {
      level: 'fails',
      check: 'clock',
      message:
        `The clock of the server is ${lengthText(Math.abs(ahead))} ${direction} the one of this machine, ` +
        'and servers refuse sessions of others whose clocks are more than a minute ahead. ' +
        'Let all machines follow one time server.',
    },
  ];
}
