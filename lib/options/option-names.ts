import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LEGACY_ONLY } from './legacy-options.js';

const OF_SESSION: readonly string[] = [
  'name',
  'cookieName',
  'requestKey',
  'secret',
  'secretRefresh',
  'legacy',
  'previousNames',
  'purpose',
  'id',
  'memo',
  'crossSite',
  'cookie',
  'duration',
  'activeDuration',
  'absoluteDuration',
  'schema',
  'defaults',
  'version',
  'migrate',
  'onInvalid',
  'onNewer',
  'codec',
];
const OF_ALL: readonly string[] = ['sessions', 'overrides', 'onEvent', 'now'];
const OF_MODULE: readonly string[] = ['isGlobal', 'forRoutes', 'exclude'];
const OF_COOKIE: readonly string[] = [
  'path',
  'domain',
  'maxAge',
  'ephemeral',
  'httpOnly',
  'secure',
  'secureProxy',
  'sameSite',
  'partitioned',
  'priority',
];

/** Where an option stands. */
type Place = 'all' | 'session' | 'cookie';

const KNOWN: Readonly<Record<Place, readonly string[]>> = {
  all: [...OF_SESSION, ...OF_ALL],
  session: OF_SESSION,
  cookie: OF_COOKIE,
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
  const unknown = Object.keys(options).find((option) => !KNOWN[place].includes(option));
  if (unknown === undefined) return;
  throw new InvalidOptionsError(
    at ? `${at}.${unknown}` : unknown,
    place === 'all' || !KNOWN.all.includes(unknown) ? 'there is no such option' : 'it does not belong here',
    remedyFor(unknown, place),
  );
}

function remedyFor(option: string, place: Place): string {
  if (place === 'cookie') {
    if (OF_SESSION.includes(option)) return 'Write it outside "cookie".';
    if (option === 'expires') return 'Write "maxAge" instead, in milliseconds or as text such as \'1 day\'.';
  } else {
    if (option === 'maxAge') return 'Write it inside "cookie", or "duration" for how long the session lives.';
    if (OF_COOKIE.includes(option)) return 'Write it inside "cookie".';
    if (LEGACY_ONLY.includes(option))
      return 'It belongs to the format of client-sessions: write it inside "legacy".';
  }
  if (OF_ALL.includes(option)) return 'It belongs to all sessions: write it beside "sessions".';
  if (OF_MODULE.includes(option))
    return 'It belongs to the module: write it in forRoot(), or beside the factory in forRootAsync().';
  return ELSEWHERE.get(option) ?? `Known are: ${KNOWN[place].join(', ')}.`;
}
