import { splitText } from '../http/cookie-chunks.js';
import { chunkName } from '../options/chunk-options.js';
import { LegacyFormat, isLegacyText } from '../sealing/legacy-format.js';
import { resolveLegacyKeys } from '../sealing/legacy-keys.js';
import { COOKIE_BYTES } from '../session/size-limit.js';
import { createSealer, describeHeader } from '../sealing/create-sealer.js';
import { KeyRing } from '../sealing/key-ring.js';
import type { Opened, SealRefusal } from '../sealing/sealer.js';
import { generateSecret } from '../sealing/secret.js';
import type { SessionRecord } from '../sealing/session-record.js';
import { hasNamedProperties } from '../session/content.js';
import { type Lifetime, standing } from '../session/lifetime.js';
import { parseStructured, parseTagged } from '../session/structured-data.js';
import { parseOptions } from './arguments.js';
import { assertStrong, DEFAULT_VARIABLE, type NamedSecret, readSecrets } from './named-secrets.js';
import type { PastedCookie } from './cookie-notations.js';
import { isLonePart } from './joined-cookies.js';
import { chooseCookie, readInput } from './pasted-cookie.js';
import type { Command, Terminal } from './terminal.js';
import { jsonText, table, timeText } from './text.js';

type Row = readonly [label: string, text: string];

/** The facts about a cookie that depend on its format. */
interface Finding {
  readonly rows: readonly Row[];
  /** `undefined`: not tried, because there is no secret. */
  readonly opened: Opened | undefined;
}

/** This command knows no configuration, so only the sealed times count. */
const SEALED_LIFETIME: Lifetime = {
  duration: Infinity,
  activeDuration: 1,
  absoluteDuration: Infinity,
  idleDuration: Infinity,
};

const FORMAT_1: Row = ['format', '1 (XAES-256-GCM)'];
const WITHOUT_SECRET =
  'Content and times need a secret: ' +
  `put it into ${DEFAULT_VARIABLE}, or name its variable with --variable.`;

const EXPLANATIONS: Readonly<Record<SealRefusal | 'expired' | 'future' | 'content', string>> = {
  malformed: 'It is cut, quoted or encoded twice, or another library made it.',
  'unknown-version': 'This release does not know its format. Maybe a newer release made it.',
  revoked: 'Its secret is marked as revoked.',
  'unknown-key': 'Its secret is not among the given ones. Name the variable that holds it with --variable.',
  forged:
    'It was altered, or sealed with another cookie name, purpose or secret. Check the name and --purpose.',
  'unknown-layout':
    'It is genuine, but this release does not know its layout. Maybe a newer release made it.',
  expired: 'It has expired.',
  future: 'Its creation time is more than a minute ahead of the clock of this machine. Compare the clocks.',
  content: 'It is genuine, but its content is not a JSON object. Only your own codec can read it.',
};

const LONE_PART =
  'It looks like one of several cookies of a session, of which others are missing. ' +
  'Pipe in all of them, such as the whole Cookie header.';

/** Shows what is in a cookie, or why it does not open. It never prints a secret, and content only with `--reveal`. */
export const inspect: Command = {
  summary: 'show the format, times and size of a cookie, or why it does not open',
  help: `Usage: nestjs-client-sessions inspect [--name NAME] [--purpose TEXT] [--variable NAME]… [--reveal]

Reads one cookie from standard input. The input may be name=value, a Set-Cookie or Cookie header,
the output of curl -v or curl -i, a browser's "Copy as cURL" or its table of cookies, or a bare
value together with --name. Quotes around it are allowed. Cookies of client-sessions work, too.
A session in several cookies, such as cart, cart.1 and cart.2, is put together if all are there.
Without a secret it shows only what is not encrypted: format, key id and size.

  --name NAME       name of the cookie; it also chooses one of several cookies
  --purpose TEXT    the option "purpose" that the cookie was sealed with. Default: session
  --variable NAME   environment variable that holds a secret and nothing else; repeat it for a
                    list, the sealing secret first. Default: ${DEFAULT_VARIABLE}, if it is set
  --reveal          also print the content

Exit code: 0 if the cookie opens or no secret was given, 1 if it does not open, 2 if the arguments or
the input cannot be used.

Example: pbpaste | npx nestjs-client-sessions inspect --name cart
`,
  async run(args, terminal) {
    const options = parseOptions(args, {
      name: { type: 'string' },
      purpose: { type: 'string' },
      variable: { type: 'string', multiple: true },
      reveal: { type: 'boolean' },
    });
    const secrets = givenSecrets(options.variable, terminal.env);
    const { cookie, others } = chooseCookie(await readInput(terminal), options.name);
    const now = terminal.now();
    const { rows, opened } = isLegacyText(cookie.value)
      ? findLegacy(cookie, secrets, now)
      : findSealed(cookie, secrets, options.purpose);
    const refusal = opened && (opened.ok ? refusalOf(opened.record, now) : opened.reason);
    terminal.stdout.write(
      table([
        ...rows,
        ['cookie name', cookie.name],
        ...(others ? [['others', `${others} (not opened; choose one with --name)`] as const] : []),
        ['size', sizeText(cookie)],
        ['opens', opened ? (refusal ? `no: ${refusal}` : 'yes') : 'not tried, because no secret was given'],
        ...(opened ? [] : [['', WITHOUT_SECRET] as const]),
        ...(refusal ? [['', isLonePart(cookie) ? LONE_PART : EXPLANATIONS[refusal]] as const] : []),
        ...(opened?.ok ? recordRows(opened.record, now, options.reveal ?? false) : []),
      ]),
    );
    return refusal ? 1 : 0;
  },
};

/** Without `--variable`, secrets are optional: the header of a cookie is not encrypted. */
function givenSecrets(variables: readonly string[] | undefined, env: Terminal['env']): NamedSecret[] {
  if (!variables && env[DEFAULT_VARIABLE] === undefined) return [];
  return readSecrets(variables ?? [DEFAULT_VARIABLE], env);
}

function findSealed(cookie: PastedCookie, secrets: readonly NamedSecret[], purpose = 'session'): Finding {
  assertStrong(secrets);
  const header = describeHeader(cookie.value);
  if (secrets.length === 0 && header) {
    return { rows: [FORMAT_1, ['key id', header.keyId]], opened: undefined };
  }
  // A cookie without a header is refused with every secret, so a random one is enough.
  const ring = new KeyRing(
    secrets.length > 0 ? secrets.map(({ secret }) => secret) : generateSecret(),
    'secret',
  );
  const opened = createSealer(ring, { purpose, cookieName: cookie.name }).unseal(cookie.value);
  if (!header) return { rows: [['format', 'unknown']], opened };
  const position = ring.ids.indexOf(header.keyId);
  const known = position === -1 ? 'unknown' : `known, ${secrets[position]!.variable}`;
  return { rows: [FORMAT_1, ['key id', `${header.keyId} (${known})`]], opened };
}

/** The legacy format has no key id, so each secret is tried. Only this tool does that, never a server. */
function findLegacy({ name, value }: PastedCookie, secrets: readonly NamedSecret[], now: number): Finding {
  const attempts = secrets.map(({ variable, secret }) => {
    const keys = resolveLegacyKeys({ secret }, variable);
    const scope = { cookieName: name, duration: Infinity, activeDuration: 0, now: () => now };
    return { variable, opened: new LegacyFormat(keys, scope).unseal(value) };
  });
  const attempt = attempts.find(({ opened }) => opened.ok) ?? attempts[0];
  const key = attempt?.opened.ok ? ` (opened with ${attempt.variable})` : '';
  return {
    rows: [
      ['format', 'client-sessions 0.8.0 (AES-256-CBC, HMAC-SHA-256)'],
      ['key id', `none in this format${key}`],
    ],
    opened: attempt?.opened,
  };
}

function refusalOf(record: SessionRecord, now: number): 'expired' | 'future' | 'content' | undefined {
  const state = standing(record, now, SEALED_LIFETIME);
  if (state === 'expired' || state === 'future') return state;
  return parseObject(record.json) ? undefined : 'content';
}

function recordRows(record: SessionRecord, now: number, isRevealing: boolean): Row[] {
  const { createdAt, startedAt, expiresAt, id, version, json } = record;
  const marks = [
    record.ownDuration && 'duration set by setDuration()',
    record.renewed && 'prolonged by use',
    record.ephemeral === true && 'ends with the browser',
    record.ephemeral === false && 'outlives the browser',
  ].filter((mark) => mark !== false);
  const content = parseObject(json);
  return [
    ['created', timeText(createdAt, now)],
    ...(startedAt === createdAt ? [] : [['started', timeText(startedAt, now)] as const]),
    ['expires', timeText(expiresAt, now)],
    ...marks.map((mark, i) => [i === 0 ? 'marks' : '', mark] as const),
    ...(id ? [['session id', id.toString('base64url')] as const] : []),
    ...(version === undefined ? [] : [['version', String(version)] as const]),
    ...(content ? contentRows(content, isRevealing) : []),
  ];
}

/** Parses the sealed content. It keeps the tags of the structured codec, so that the sizes of the keys are correct. */
function parseObject(text: string): object | undefined {
  try {
    return hasNamedProperties(parseStructured(text)) ? (parseTagged(text) as object) : undefined;
  } catch {
    // Not JSON: the same result as for other text without an object.
    return undefined;
  }
}

function contentRows(content: object, isRevealing: boolean): Row[] {
  return [
    ...keyRows(content),
    ...(isRevealing ? revealedRows(content) : [['content', 'hidden; --reveal prints it'] as const]),
  ];
}

function keyRows(content: object): Row[] {
  const entries: [string, unknown][] = Object.entries(content);
  if (entries.length === 0) return [['keys', 'none']];
  const weights = entries.map(([key, value]) => ({
    key,
    bytes: Buffer.byteLength(`${JSON.stringify(key)}:${JSON.stringify(value)}`),
  }));
  weights.sort((a, b) => b.bytes - a.bytes);
  const width = String(weights[0]!.bytes).length;
  return weights.map(({ key, bytes }, i) => [
    i === 0 ? 'keys' : '',
    `${String(bytes).padStart(width)} bytes  ${jsonText(key)}`,
  ]);
}

function revealedRows(content: object): Row[] {
  return jsonText(content, 2)
    .split('\n')
    .map((line, i) => [i === 0 ? 'content' : '', line] as const);
}

function sizeText({ name, value, isJoined }: PastedCookie): string {
  if (isJoined) {
    const parts = splitText(name, value).map((part, i) => chunkName(name, i) + part);
    return `${Buffer.byteLength(parts.join(''))} bytes in ${parts.length} cookies (names and values)`;
  }
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
  const remark = bytes > COOKIE_BYTES ? ': too large, browsers drop it' : '';
  return `${bytes} of ${COOKIE_BYTES} bytes (name and value)${remark}`;
}
