import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type { ClientSessionsOptions } from './client-sessions-options.js';
import type { CookieOptions } from './cookie-options.js';
import { isLegacyOption } from './legacy-options.js';
import { nearestName, remedyOfUnknown } from './nearest-name.js';
import type { SessionOptions } from './session-options.js';

// These are records, so that the compiler finds an option that is missing here or does not exist any more.

const OF_SESSION: Readonly<Record<keyof SessionOptions, true>> = {
  name: true,
  cookieName: true,
  requestKey: true,
  secret: true,
  secretRefresh: true,
  legacy: true,
  previousNames: true,
  previousCookies: true,
  purpose: true,
  id: true,
  subject: true,
  issuedAfter: true,
  memo: true,
  crossSite: true,
  onTooLarge: true,
  maxChunks: true,
  cache: true,
  cookie: true,
  cookieDomains: true,
  duration: true,
  activeDuration: true,
  absoluteDuration: true,
  idleDuration: true,
  schema: true,
  defaults: true,
  version: true,
  migrate: true,
  onInvalid: true,
  onNewer: true,
  codec: true,
};
const OF_ALL: Readonly<Record<Exclude<keyof ClientSessionsOptions, keyof SessionOptions>, true>> = {
  sessions: true,
  overrides: true,
  headerBudget: true,
  revocations: true,
  onEvent: true,
  now: true,
};
const OF_COOKIE: Readonly<Record<keyof CookieOptions, true>> = {
  path: true,
  domain: true,
  maxAge: true,
  ephemeral: true,
  httpOnly: true,
  secure: true,
  prefix: true,
  secureProxy: true,
  sameSite: true,
  partitioned: true,
  priority: true,
};

/**
 * Options of the Nest module alone. No type of Nest is known here; test/options/option-names.spec.ts compares
 * them.
 */
export type ModuleOptionName = 'isGlobal' | 'forRoutes' | 'exclude';

const OF_MODULE: Readonly<Record<ModuleOptionName, true>> = {
  isGlobal: true,
  forRoutes: true,
  exclude: true,
};

/** The object that holds an option. */
type Place = 'all' | 'session' | 'cookie';

const KNOWN: Readonly<Record<Place, object>> = {
  all: { ...OF_SESSION, ...OF_ALL },
  session: OF_SESSION,
  cookie: OF_COOKIE,
};

const USE_SECRET = 'Write "secret" instead: one secret, or a list whose first secret seals.';
const USE_DURATION = 'Write "duration" instead, in milliseconds or as text such as \'1 day\'.';
const CHANGED_ONLY = 'Leave it out: a session is stored only if it has changed.';
const ALWAYS_SEALED = 'Leave it out: every session is sealed, and its cookie is written once.';

/** The remedies for options of express-session, cookie-session, iron-session and Fastify's plugins. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['keys', USE_SECRET],
  ['password', USE_SECRET],
  ['secrets', USE_SECRET],
  ['key', 'Write "secret" for the secret that seals cookies, or "cookieName" for the name of the cookie.'],
  ['salt', 'Leave it out: keys are derived from "secret" alone.'],
  ['ttl', USE_DURATION],
  ['expiry', USE_DURATION],
  ['expires', USE_DURATION],
  [
    'rolling',
    'Write "idleDuration", which ends a session that is not used, or "activeDuration", which prolongs one in use.',
  ],
  ['resave', CHANGED_ONLY],
  ['saveUninitialized', CHANGED_ONLY],
  ['store', 'Leave it out: sessions are kept in cookies and need no store.'],
  ['unset', 'Leave it out: destroy() deletes a session.'],
  ['genid', 'Write "id: true" instead, which gives each session a random id.'],
  ['idGenerator', 'Write "id: true" instead, which gives each session a random id.'],
  ['proxy', 'Leave it out: "cookie.secure" follows the framework\'s own trust in proxies.'],
  ['signed', ALWAYS_SEALED],
  ['overwrite', ALWAYS_SEALED],
  ['sessionName', 'Write "name" instead.'],
  ['cookieOptions', 'Write "cookie" instead.'],
  ['session', 'Write its contents beside the other options.'],
  // An object into which a definition was spread has this key, and so has a definition of another version.
  [
    'options',
    'List the definition itself, made by this version of the package, and write changes under "overrides".',
  ],
]);

/**
 * @param at path of the options, for the message
 * @throws {@link InvalidOptionsError} for an unknown option, with the right one if it can be guessed
 */
export function assertKnown(options: object, place: Place, at: string): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(KNOWN[place], option));
  if (unknown === undefined) return;
  throw new InvalidOptionsError(
    at ? `${at}.${unknown}` : unknown,
    isOption(unknown) ? 'does not belong here' : 'is not a known option',
    remedyFor(unknown, place),
  );
}

/** Whether an option belongs to a session, or to all of them. */
export function isOption(name: string): boolean {
  return Object.hasOwn(KNOWN.all, name);
}

function remedyFor(option: string, place: Place): string {
  const known = remedyOfUnknown(option, Object.keys(KNOWN[place]));
  if (place === 'cookie') {
    if (Object.hasOwn(OF_SESSION, option)) return 'Write it outside "cookie".';
    if (option === 'expires') return 'Write "maxAge" instead, in milliseconds or as text such as \'1 day\'.';
  } else {
    if (option === 'maxAge') return 'Write it inside "cookie", or "duration" for how long the session lives.';
    if (Object.hasOwn(OF_COOKIE, option)) return 'Write it inside "cookie".';
    if (isLegacyOption(option))
      return 'Write it inside "legacy", because it belongs to the format of client-sessions.';
  }
  if (Object.hasOwn(OF_ALL, option)) return 'Write it beside "sessions", because it belongs to all sessions.';
  const ofModule = nearestName(option, Object.keys(OF_MODULE));
  if (ofModule !== undefined) {
    const place = 'in forRoot(), or beside the factory in forRootAsync()';
    return `Write "${ofModule}" ${place}, because it belongs to the module.`;
  }
  return ELSEWHERE.get(option) ?? known;
}
