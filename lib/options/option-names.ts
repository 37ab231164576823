import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type { ClientSessionsOptions } from './client-sessions-options.js';
import type { CookieOptions } from './cookie-options.js';
import type { LegacyOptions } from './legacy-options.js';
import type { SessionOptions } from './session-options.js';

// As records, so that an option which was forgotten here, or is no more, does not compile.

const OF_SESSION: Readonly<Record<keyof SessionOptions, true>> = {
  name: true,
  cookieName: true,
  requestKey: true,
  secret: true,
  secretRefresh: true,
  legacy: true,
  previousNames: true,
  purpose: true,
  id: true,
  memo: true,
  crossSite: true,
  cookie: true,
  duration: true,
  activeDuration: true,
  absoluteDuration: true,
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
  secureProxy: true,
  sameSite: true,
  partitioned: true,
  priority: true,
};
const OF_LEGACY: Readonly<Record<keyof LegacyOptions, true>> = {
  secret: true,
  encryptionKey: true,
  signatureKey: true,
  encryptionAlgorithm: true,
  signatureAlgorithm: true,
  write: true,
  acceptUntil: true,
  cookieName: true,
  duration: true,
};

/** Options of the Nest module alone. Types are compared with them where Nest is known: see test/types. */
export type ModuleOptionName = 'isGlobal' | 'forRoutes' | 'exclude';

const OF_MODULE: Readonly<Record<ModuleOptionName, true>> = {
  isGlobal: true,
  forRoutes: true,
  exclude: true,
};

/** Where an option stands. */
type Place = 'all' | 'session' | 'cookie' | 'legacy';

const KNOWN: Readonly<Record<Place, object>> = {
  all: { ...OF_SESSION, ...OF_ALL },
  session: OF_SESSION,
  cookie: OF_COOKIE,
  legacy: OF_LEGACY,
};

const USE_SECRET = 'Write "secret" instead: one secret, or a list of them, of which the first seals.';
const USE_DURATION = 'Write "duration" instead, in milliseconds or as text such as \'1 day\'.';
const CHANGED_ONLY = 'Leave it out: a session is stored when it changed, and only then.';
const ALWAYS_SEALED = 'Leave it out: every session is sealed, and its cookie written once.';

/** What to write instead of the options that express-session, cookie-session, iron-session and Fastify's plugins have. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['keys', USE_SECRET],
  ['password', USE_SECRET],
  ['secrets', USE_SECRET],
  ['key', 'Write "secret" for what cookies are sealed with, or "cookieName" for the name of the cookie.'],
  ['salt', 'Leave it out: keys are derived from "secret" alone.'],
  ['ttl', USE_DURATION],
  ['expiry', USE_DURATION],
  ['expires', USE_DURATION],
  ['rolling', 'Write "activeDuration" instead: a session in use is prolonged by it.'],
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
  ['session', 'Write what it holds beside the other options.'],
  // What an object holds into which a definition was spread, or a definition of another version.
  [
    'options',
    'List the definition itself, made by this version of the package, and changes to it under "overrides".',
  ],
]);

/**
 * @param at path of the options, for the message
 * @throws {@link InvalidOptionsError} for an option that there is not, with the one that was meant, where it can be told
 */
export function assertKnown(options: object, place: Place, at: string): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(KNOWN[place], option));
  if (unknown === undefined) return;
  throw new InvalidOptionsError(
    at ? `${at}.${unknown}` : unknown,
    place === 'all' || place === 'legacy' || !Object.hasOwn(KNOWN.all, unknown)
      ? 'there is no such option'
      : 'it does not belong here',
    remedyFor(unknown, place),
  );
}

function remedyFor(option: string, place: Place): string {
  const known = `Known are: ${Object.keys(KNOWN[place]).join(', ')}.`;
  if (place === 'legacy') return known;
  if (place === 'cookie') {
    if (Object.hasOwn(OF_SESSION, option)) return 'Write it outside "cookie".';
    if (option === 'expires') return 'Write "maxAge" instead, in milliseconds or as text such as \'1 day\'.';
  } else {
    if (option === 'maxAge') return 'Write it inside "cookie", or "duration" for how long the session lives.';
    if (Object.hasOwn(OF_COOKIE, option)) return 'Write it inside "cookie".';
    if (Object.hasOwn(OF_LEGACY, option))
      return 'It belongs to the format of client-sessions: write it inside "legacy".';
  }
  if (Object.hasOwn(OF_ALL, option)) return 'It belongs to all sessions: write it beside "sessions".';
  if (Object.hasOwn(OF_MODULE, option))
    return 'It belongs to the module: write it in forRoot(), or beside the factory in forRootAsync().';
  return ELSEWHERE.get(option) ?? known;
}
