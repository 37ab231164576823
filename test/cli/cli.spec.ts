import { describe, expect, test } from '@jest/globals';
import ancestor from 'client-sessions';
import { run } from '../../lib/cli/run.js';
import { lengthText } from '../../lib/cli/text.js';
import { splitText } from '../../lib/http/cookie-chunks.js';
import { chunkName } from '../../lib/options/chunk-options.js';
import { createSealer, describeHeader } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { secretBytes } from '../../lib/sealing/secret.js';
import { createSessionCodec } from '../../lib/session-codec.js';
import type { SessionRecord } from '../../lib/sealing/session-record.js';
import { cpuTime } from '../support/cpu-time.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { SURROUNDINGS } from '../support/terminal.js';

const NOW = Date.UTC(2026, 5, 15, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [SECRET_ID, OTHER_ID] = new KeyRing([SECRET, OTHER_SECRET], 'secret').ids;

interface Setup {
  readonly env?: Record<string, string>;
  readonly input?: string | readonly (string | Uint8Array)[];
  readonly isTTY?: boolean;
}

interface Ending {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(argv: readonly string[], setup: Setup = {}): Promise<Ending> {
  const { env = { SESSION_SECRET: SECRET }, input = '', isTTY = false } = setup;
  const written = { out: '', err: '' };
  async function* chunks(): AsyncGenerator<string | Uint8Array> {
    yield* typeof input === 'string' ? [input] : input;
  }
  const code = await run(argv, {
    stdin: Object.assign(chunks(), { isTTY }),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    env,
    now: () => NOW,
    ...SURROUNDINGS,
    manifest: () => ({ ...SURROUNDINGS.manifest(), version: '1.2.3' }),
  });
  expect(leaks(written.out + written.err)).toEqual([]);
  return { code, ...written };
}

/** Finds pieces of the secrets in a text, in all usual encodings. Every output of every test is searched. */
function leaks(text: string): string[] {
  return LEAKS.filter((piece) => text.includes(piece));
}

const LEAKS = [SECRET, OTHER_SECRET].flatMap((secret) =>
  (['utf8', 'hex', 'base64', 'base64url'] as const).flatMap((encoding) => {
    const text = Buffer.from(secret).toString(encoding);
    return Array.from({ length: text.length - 7 }, (_, at) => text.slice(at, at + 8));
  }),
);

/** Parses the rows of a report: label and text. Continued rows are joined with a line break. */
function rowsOf(out: string): Record<string, string> {
  const rows: Record<string, string> = {};
  let label = '';
  for (const line of out.trimEnd().split('\n')) {
    const [, own = '', text = ''] = /^(\S.*?)? {2,}(.*)$/.exec(line) ?? [];
    label = own || label;
    rows[label] = rows[label] === undefined ? text : `${rows[label]}\n${text}`;
  }
  return rows;
}

function seal(
  content: unknown,
  more: Partial<SessionRecord> = {},
  secret = SECRET,
  purpose = 'session',
): string {
  return createSealer(new KeyRing(secret, 'secret'), { purpose, cookieName: 'cart' }).seal({
    createdAt: NOW - 2 * DAY,
    startedAt: NOW - 2 * DAY,
    expiresAt: NOW + 118 * DAY,
    ownDuration: false,
    renewed: false,
    json: JSON.stringify(content),
    ...more,
  });
}

const CONTENT = { items: ['Earl Grey', 'Darjeeling'], user: { name: 'Ada' } };

describe('keygen', () => {
  test('prints a new secret of 43 characters, fit for use', async () => {
    const { code, out, err } = await call(['keygen'], { env: {} });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^[\w-]{43}\n$/);
    expect(secretBytes(out.trim(), 'secret')).toHaveLength(43);
    expect(Buffer.from(out.trim(), 'base64url')).toHaveLength(32);
    expect((await call(['keygen'])).out).not.toBe(out);
  });

  test('prints it as a line of a .env file', async () => {
    const { code, out } = await call(['keygen', '--env']);
    expect(code).toBe(0);
    expect(out).toMatch(/^SESSION_SECRET=[\w-]{43}\n$/);
  });
});

describe('inspect', () => {
  test('says what a cookie is, when it ends and what it weighs', async () => {
    const value = seal(CONTENT);
    const { code, out, err } = await call(['inspect'], { input: `cart=${value}\n` });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(rowsOf(out)).toEqual({
      format: '1 (XAES-256-GCM)',
      'key id': `${SECRET_ID} (known, SESSION_SECRET)`,
      'cookie name': 'cart',
      size: `${4 + value.length} of 4096 bytes (name and value)`,
      opens: 'yes',
      created: '2026-06-13T12:00:00.000Z (2 days ago)',
      expires: '2026-10-11T12:00:00.000Z (in 118 days)',
      keys: '34 bytes  "items"\n21 bytes  "user"',
      content: 'hidden; --reveal prints it',
    });
    expect(Buffer.byteLength(JSON.stringify(CONTENT))).toBe(34 + 21 + '{,}'.length);
    expect(out).not.toContain('Earl');
  });

  test('prints the content only when asked to', async () => {
    const { code, out } = await call(['inspect', '--reveal'], { input: `cart=${seal(CONTENT)}` });
    expect(code).toBe(0);
    expect(JSON.parse(out.slice(out.indexOf('{')))).toEqual(CONTENT);
  });

  const STRUCTURED = {
    since: new Date(NOW),
    items: new Map([['tea', 2]]),
    tags: new Set(['a']),
    total: 12n,
    seal: Buffer.from('sealed'),
    $kind: 'cart',
  };

  test('weighs and reveals what JSON alone cannot carry, as the codec spells it', async () => {
    const codec = createSessionCodec({ name: 'cart', secret: SECRET, codec: 'structured', now: () => NOW });
    const input = `cart=${codec.seal(STRUCTURED)}`;
    const hidden = await call(['inspect'], { input });
    expect(hidden).toMatchObject({ code: 0, err: '' });
    expect(rowsOf(hidden.out)).toMatchObject({
      opens: 'yes',
      keys: [
        '31 bytes  "since"',
        '29 bytes  "seal"',
        '28 bytes  "items"',
        '24 bytes  "total"',
        '21 bytes  "tags"',
        '14 bytes  "$kind"',
      ].join('\n'),
      content: 'hidden; --reveal prints it',
    });
    const { out } = await call(['inspect', '--reveal'], { input });
    expect(JSON.parse(out.slice(out.indexOf('{')))).toEqual({
      since: { $date: NOW },
      items: { $map: [['tea', 2]] },
      tags: { $set: ['a'] },
      total: { $bigint: '12' },
      seal: { $buffer: 'c2VhbGVk' },
      $kind: 'cart',
    });
  });

  test('takes tags for tags only where the codec has marked them', async () => {
    for (const [text, shown] of [
      ['~{"a":{"$date":0}}', { a: { $date: 0 } }],
      ['~{"$date":{"$date":0}}', { $date: { $date: 0 } }],
      ['{"a":{"$nothing":0}}', { a: { $nothing: 0 } }],
    ] as const) {
      const { code, out } = await call(['inspect', '--reveal'], {
        input: `cart=${seal({}, { json: text })}`,
      });
      expect([code, JSON.parse(out.slice(out.indexOf('{')))]).toEqual([0, shown]);
    }
    for (const json of ['~{"a":{"$nothing":0}}', '~[1]', '~null', '~', '~~{}', 'a codec of its own']) {
      const { code, out } = await call(['inspect'], { input: `cart=${seal({}, { json })}` });
      expect([code, rowsOf(out)['opens']]).toEqual([
        1,
        expect.stringMatching(/^no: content\n.*not a JSON object\./),
      ]);
      expect(rowsOf(out)).not.toHaveProperty('keys');
      expect(out).not.toContain('--reveal');
    }
  });

  test('says of which version the content is, whatever the codec', async () => {
    for (const codec of ['json', 'structured'] as const) {
      const definition = { name: 'cart', secret: SECRET, codec, now: () => NOW };
      const first = createSessionCodec(definition).seal({ n: 1 });
      const third = createSessionCodec({ ...definition, version: 3, migrate: { 1: same, 2: same } }).seal({
        n: 1,
      });
      expect(rowsOf((await call(['inspect'], { input: `cart=${first}` })).out)).not.toHaveProperty('version');
      expect(rowsOf((await call(['inspect'], { input: `cart=${third}` })).out)).toMatchObject({
        version: '3',
      });
    }

    function same(content: object): object {
      return content;
    }
  });

  test('names the marks of a session', async () => {
    const more = {
      startedAt: NOW - 3 * DAY,
      ownDuration: true,
      renewed: true,
      ephemeral: true,
      id: Buffer.alloc(16, 255),
      version: 7,
    };
    const rows = rowsOf((await call(['inspect'], { input: `cart=${seal({}, more)}` })).out);
    expect(rows).toMatchObject({
      started: '2026-06-12T12:00:00.000Z (3 days ago)',
      marks: 'duration set by setDuration()\nprolonged by use\nends with the browser',
      'session id': '_____________________w',
      version: '7',
      keys: 'none',
    });
    const persistent = await call(['inspect'], { input: `cart=${seal({}, { ephemeral: false })}` });
    expect(rowsOf(persistent.out)['marks']).toBe('outlives the browser');
  });

  test.each([
    ['name=value', (value: string) => `cart=${value}`, []],
    ['name=value between line ends', (value: string) => `\r\n cart=${value} \r\n`, []],
    [
      'a Set-Cookie header',
      (value: string) => `Set-Cookie: cart=${value}; Path=/; HttpOnly; SameSite=Lax`,
      [],
    ],
    ['the value of a Set-Cookie header', (value: string) => `cart=${value}; Path=/; HttpOnly`, []],
    ['a header of a browser', (value: string) => `cookie: a=1; cart=${value}; b=2`, ['--name', 'cart']],
    ['name=value behind a byte order mark', (value: string) => `\ufeffcart=${value}\r\n`, []],
    ['name and value with spaces and tabs around them', (value: string) => `\t cart \t= ${value}\t;a=1`, []],
    ['a bare value with its name', (value: string) => value, ['--name', 'cart']],
    ['a bare value with its name in one', (value: string) => value, ['--name=cart']],
    ['a cookie whose name is given, too', (value: string) => `cart=${value}`, ['--name', 'cart']],
  ])('reads %s', async (_, text, args) => {
    const { code, out } = await call(['inspect', ...args], { input: text(seal(CONTENT)) });
    expect(code).toBe(0);
    expect(rowsOf(out)).toMatchObject({ 'cookie name': 'cart', opens: 'yes' });
  });

  test('reads input that comes in pieces of bytes', async () => {
    const bytes = Buffer.from(`cart=${seal(CONTENT)}`);
    const input = [...bytes].map((_, i) => bytes.subarray(i, i + 1));
    expect((await call(['inspect'], { input })).code).toBe(0);
  });

  test('knows every secret that a variable was named for', async () => {
    const env = { NEW_SECRET: OTHER_SECRET, OLD_SECRET: SECRET };
    const args = ['inspect', '--variable', 'NEW_SECRET', '--variable', 'OLD_SECRET'];
    const old = await call(args, { env, input: `cart=${seal(CONTENT)}` });
    expect(rowsOf(old.out)).toMatchObject({ 'key id': `${SECRET_ID} (known, OLD_SECRET)`, opens: 'yes' });
    const recent = await call(args, { env, input: `cart=${seal(CONTENT, {}, OTHER_SECRET)}` });
    expect(rowsOf(recent.out)).toMatchObject({ 'key id': `${OTHER_ID} (known, NEW_SECRET)`, opens: 'yes' });
  });

  test.each(
    [0xa0, 0x2003, 0xfeff, 0x0b, 0x200b].map((code) => [code.toString(16), String.fromCharCode(code)]),
  )('reads names as a server does: with U+%s before it a name is another one', async (_code, character) => {
    const pair = `${character}cart=${seal(CONTENT)}`;
    const nameless = await call(['inspect'], { input: ` ${pair}` });
    expect(nameless).toMatchObject({ code: 2, out: '', err: expect.stringContaining('has no name') });
    const other = await call(['inspect', '--name', 'cart'], { input: `Cookie: a=1; ${pair}` });
    expect(other).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Check --name.') });
  });

  test('opens a cookie of another purpose when the purpose is given', async () => {
    const input = `cart=${seal(CONTENT, {}, SECRET, 'staging')}`;
    expect((await call(['inspect'], { input })).code).toBe(1);
    expect((await call(['inspect', '--purpose', 'staging'], { input })).code).toBe(0);
  });

  const altered = seal(CONTENT);
  test.each([
    ['altered', `cart=${altered.slice(0, -3)}AAA`, 'forged', 'Check the name and --purpose.'],
    ['of another name', `basket=${altered}`, 'forged', 'Check the name and --purpose.'],
    ['of an unknown secret', `cart=${seal({}, {}, OTHER_SECRET)}`, 'unknown-key', 'with --variable.'],
    ['cut', `cart=${altered.slice(0, 30)}`, 'malformed', 'or another library made it.'],
    ['empty', 'cart=', 'malformed', 'or another library made it.'],
    ['of another library', 'cart=Fe26.2**abc*def', 'malformed', 'or another library made it.'],
    ['of a later format', `cart=Ag${altered.slice(2)}`, 'unknown-version', 'Maybe a newer release made it.'],
    ['expired', `cart=${seal(CONTENT, { expiresAt: NOW })}`, 'expired', 'It has expired.'],
    [
      'from the future',
      `cart=${seal(CONTENT, { createdAt: NOW + HOUR, startedAt: NOW + HOUR })}`,
      'future',
      'Compare the clocks.',
    ],
    ['no object', `cart=${seal([1])}`, 'content', 'not a JSON object.'],
    ['no JSON', `cart=${seal({}, { json: '{' })}`, 'content', 'not a JSON object.'],
  ])('says why a cookie that is %s does not open', async (_, input, reason, remedy) => {
    const { code, out, err } = await call(['inspect', '--reveal'], { input });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const { opens } = rowsOf(out);
    expect(opens).toMatch(new RegExp(`^no: ${reason}\n`));
    expect(opens).toContain(remedy);
  });

  test('tells the key id of a cookie that it cannot open', async () => {
    const { out } = await call(['inspect'], { input: `cart=${seal({}, {}, OTHER_SECRET)}` });
    expect(rowsOf(out)['key id']).toBe(`${OTHER_ID} (unknown)`);
  });

  test('shows the times and keys of an expired session', async () => {
    const { code, out } = await call(['inspect'], {
      input: `cart=${seal(CONTENT, { expiresAt: NOW - HOUR })}`,
    });
    expect(code).toBe(1);
    expect(rowsOf(out)).toMatchObject({
      expires: '2026-06-15T11:00:00.000Z (1 hour ago)',
      keys: expect.stringContaining('"items"'),
    });
  });

  test('warns of a cookie that no browser keeps', async () => {
    const fits = seal({ text: 'x'.repeat(2960) });
    const { out } = await call(['inspect'], { input: `cart=${fits}` });
    expect(rowsOf(out)['size']).toMatch(/^40\d\d of 4096 bytes \(name and value\)$/);
    const tooLarge = await call(['inspect'], { input: `cart=${seal({ text: 'x'.repeat(3100) })}` });
    expect(rowsOf(tooLarge.out)).toMatchObject({
      size: expect.stringMatching(/too large, browsers drop it$/),
      opens: 'yes',
    });
  });

  test('opens cookies of client-sessions, under a weak secret, too', async () => {
    const text = ancestor.util.encode({ cookieName: 'cart', secret: 'weak' }, CONTENT, 3 * DAY, NOW - DAY);
    const env = { SESSION_SECRET: SECRET, OLD: 'weak' };
    const args = ['inspect', '--variable', 'SESSION_SECRET', '--variable', 'OLD'];
    const { code, out } = await call(args, { env, input: `cart=${text}` });
    expect(code).toBe(0);
    expect(rowsOf(out)).toMatchObject({
      format: 'client-sessions 0.8.0 (AES-256-CBC, HMAC-SHA-256)',
      'key id': 'none in this format (opened with OLD)',
      created: '2026-06-14T12:00:00.000Z (1 day ago)',
      expires: '2026-06-17T12:00:00.000Z (in 2 days)',
    });
    const refused = await call(['inspect'], { env, input: `cart=${text}` });
    expect(refused.code).toBe(1);
    expect(rowsOf(refused.out)).toMatchObject({
      'key id': 'none in this format',
      opens: expect.stringMatching(/^no: forged/),
    });
  });

  test('shows characters that a terminal would obey as what they are', async () => {
    const hostile = '\u001b[2J\u009b31m\u202e\u200b\ufeff\u007f';
    const { out } = await call(['inspect', '--reveal'], {
      input: `cart=${seal({ [hostile]: hostile, ok: 'žluťoučký 🐎' })}`,
    });
    expect(out).not.toMatch(/[^\P{C}\n]/u);
    expect(out).toContain('\\u009b31m\\u202e\\u200b\\ufeff\\u007f');
    expect(out).toContain('žluťoučký 🐎');
  });

  test.each([
    ['marks of direction', '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'],
    [
      'what is not seen',
      '\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c' +
        '\u200d\u2060\u2061\u2064\ufeff\ufff9\ufffb\u{e0001}\u{e0041}\u{e007f}',
    ],
    ['fillers', '\u3164\uffa0\u2800'],
    ['selectors of variants', '\ufe0e\ufe0f\u{e0100}'],
    [
      'white space that looks like a space, or a line',
      '\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000',
    ],
    ['what nobody has defined', '\ue000\u{f0000}\uffff\u{1fffe}'],
    ['controls', '\u0000\u0007\u0008\u001b\u007f\u0085\u009b\r\n\t'],
    ['halves of characters', '\ud83d \udc0e'],
  ])('shows %s as escapes, in keys and values alike', async (_kind, characters) => {
    const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const short: Record<string, string> = { '\b': '\\b', '\r': '\\r', '\n': '\\n', '\t': '\\t' };
    for (const character of [...characters].filter((each) => each !== ' ')) {
      const { out } = await call(['inspect', '--reveal'], {
        input: `cart=${seal({ [`k${character}`]: [`v${character}`] })}`,
      });
      const escaped = short[character] ?? character.split('').map(escape).join('');
      expect(rowsOf(out)['keys']).toMatch(/^\d+ bytes {2}"k\\[\w\\]+"$/);
      expect(rowsOf(out)['keys']).toContain(`"k${escaped}"`);
      expect(out).toContain(`"k${escaped}": [`);
      expect(out).toContain(`"v${escaped}"`);
    }
  });

  test.each([
    'žluťoučký kůň',
    'Ελλάδα',
    'шифр',
    'עברית',
    'العربية',
    'हिन्दी',
    'ไทย',
    '日本語テスト、',
    '한국어',
    'e\u0301',
    '🐎👍🏽🇨🇿',
    '§ € „“ – …',
  ])('shows %s as it is', async (text) => {
    const { out } = await call(['inspect', '--reveal'], { input: `cart=${seal({ [text]: text })}` });
    expect(rowsOf(out)['keys']).toContain(`"${text}"`);
    expect(out).toContain(`"${text}": "${text}"`);
  });

  test('prompts a person, and nobody else', async () => {
    const input = `cart=${seal({})}`;
    expect((await call(['inspect'], { input, isTTY: true })).err).toBe(
      'Paste the cookie, then press Enter and Ctrl-D.\n',
    );
    expect((await call(['inspect'], { input })).err).toBe('');
  });

  test.each([
    ['an empty secret', [], { env: { SESSION_SECRET: '' }, input: 'cart=a' }, 'SESSION_SECRET is not set'],
    ['no secret of that name', ['--variable', 'NO'], { input: 'cart=a' }, 'variable NO is not set'],
    [
      'a weak secret',
      [],
      { env: { SESSION_SECRET: 'weak' }, input: 'cart=a' },
      '"SESSION_SECRET": must be at least 32 bytes long, has 4.',
    ],
    [
      'one secret twice',
      ['--variable', 'A', '--variable', 'B'],
      { env: { A: SECRET, B: SECRET }, input: 'cart=a' },
      'List every secret once',
    ],
    ['no input', [], { input: ' \n' }, 'Standard input is empty. Pipe one cookie in'],
    ['too much input', [], { input: 'a'.repeat(70_000) }, 'too long for a cookie'],
    ['a cookie without a name', [], { input: 'abc' }, 'Pipe in name=value, or add --name NAME.'],
    ['a name that is none', ['--name', 'a;b'], { input: 'abc' }, '--name must be the name of a cookie'],
    ['a name with a value', ['--name', 'cart=x'], { input: 'abc' }, '--name must be the name of a cookie'],
    [
      'a name that deceives',
      ['--name', 'cart=\u202e'],
      { input: 'abc' },
      '--name must be the name of a cookie',
    ],
    [
      'a name that is not there',
      ['--name', 'c'],
      { input: 'a=1; b=2' },
      'Standard input has no cookie of that name, only a, b. Check --name.',
    ],
    ['a name beside another one', ['--name', 'c'], { input: 'a=1' }, 'only a. Check --name.'],
    ['a variable that is none', ['--variable', 'A-B'], { input: 'a=1' }, 'Give its name, never its value.'],
  ])('refuses %s', async (_, args, setup, message) => {
    const { code, out, err } = await call(['inspect', ...args], setup);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('inspect puts together', () => {
  const text = seal({ text: 'x'.repeat(7_000) });
  const parts = partsOf(text);
  const strays = partsOf(seal({ text: 'y'.repeat(10_000) }));
  const size = `${parts.join('').length - '==='.length} bytes in 3 cookies (names and values)`;

  test.each([
    ['a Cookie header', `Cookie: a=1; ${parts.join('; ')}; b=2`],
    ['a Cookie header in another order', `Cookie: ${[...parts].reverse().join('; ')}`],
    ['document.cookie', parts.join('; ')],
    ['Set-Cookie headers', parts.map((part) => `Set-Cookie: ${part}; Path=/; HttpOnly\n`).join('')],
    ['Copy as cURL', `curl 'http://127.0.0.1/' -b 'a=1; ${parts.join('; ')}' --insecure`],
    ["a browser's table", parts.map((part) => `${part.replace('=', '\t')}\t127.0.0.1\t/`).join('\n')],
    ['JSON', JSON.stringify(Object.fromEntries(parts.map((part) => part.split('='))))],
    ['a header with parts of another write', `Cookie: ${strays[1]}; ${parts.join('; ')}; ${strays[3]}`],
  ])('a session in several cookies of %s', async (_, input) => {
    for (const args of [[], ['--name', 'cart']]) {
      const { code, out, err } = await call(['inspect', ...args], { input });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(rowsOf(out)).toMatchObject({
        'key id': `${SECRET_ID} (known, SESSION_SECRET)`,
        'cookie name': 'cart',
        size,
        opens: 'yes',
        keys: '7009 bytes  "text"',
      });
    }
  });

  test('what else was there is told, and parts are not', async () => {
    const input = `Cookie: a=1; ${parts.join('; ')}; other.1=2`;
    expect(rowsOf((await call(['inspect'], { input })).out)).toMatchObject({
      others: 'a, other.1 (not opened; choose one with --name)',
    });
  });

  test.each([
    ['the first cookie alone', parts[0]!],
    ['its bare value', parts[0]!.slice('cart='.length)],
    ['a header without a later one', `Cookie: ${parts[0]}; ${parts[1]}`],
    ['a header with a later one of another write', `Cookie: ${parts[0]}; ${parts[1]}; ${strays[2]}`],
    ['a later one alone', parts[1]!.replace('cart.1', 'cart')],
  ])('no session from %s, and says what is missing', async (_, input) => {
    const { code, out, err } = await call(['inspect', '--name', 'cart'], { input });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(rowsOf(out)['opens']).toMatch(/^no: malformed\n.*others are missing. Pipe in all of them/);
  });

  test('none of which was altered', async () => {
    const input = parts.join('; ').slice(0, -3) + 'AAA';
    expect(rowsOf((await call(['inspect'], { input })).out)['opens']).toMatch(/^no: forged\n/);
  });

  function partsOf(whole: string): string[] {
    return splitText('cart', whole).map((part, i) => `${chunkName('cart', i)}=${part}`);
  }
});

describe('inspect without a secret', () => {
  const NO_SECRET =
    'not tried, because no secret was given\nContent and times need a secret: put it into SESSION_SECRET, or';

  test('shows what stands in the clear, and says what it cannot', async () => {
    const value = seal(CONTENT);
    for (const args of [[], ['--reveal']]) {
      const { code, out, err } = await call(['inspect', ...args], { env: {}, input: `cart=${value}` });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(rowsOf(out)).toEqual({
        format: '1 (XAES-256-GCM)',
        'key id': SECRET_ID,
        'cookie name': 'cart',
        size: `${4 + value.length} of 4096 bytes (name and value)`,
        opens: expect.stringMatching(new RegExp(`^${NO_SECRET}`)),
      });
    }
  });

  test('knows a cookie of client-sessions', async () => {
    const text = ancestor.util.encode({ cookieName: 'cart', secret: 'weak' }, CONTENT, 3 * DAY, NOW - DAY);
    const { code, out } = await call(['inspect'], { env: {}, input: `cart=${text}` });
    expect(code).toBe(0);
    expect(rowsOf(out)).toMatchObject({
      format: 'client-sessions 0.8.0 (AES-256-CBC, HMAC-SHA-256)',
      'key id': 'none in this format',
      opens: expect.stringMatching(new RegExp(`^${NO_SECRET}`)),
    });
  });

  test.each([
    ['is cut', 'AQ', 'malformed'],
    ['is of another library', 'Fe26.2**abc*def', 'malformed'],
    ['is of a later format', `Ag${seal(CONTENT).slice(2)}`, 'unknown-version'],
  ])('says what no secret would change of a cookie that %s', async (_, value, reason) => {
    const { code, out } = await call(['inspect'], { env: {}, input: `cart=${value}` });
    expect(code).toBe(1);
    expect(rowsOf(out)).toMatchObject({
      format: 'unknown',
      opens: expect.stringMatching(`^no: ${reason}\n`),
    });
  });

  test('needs the secret of a variable that was named', async () => {
    const { code, err } = await call(['inspect', '--variable', 'SESSION_SECRET'], { env: {}, input: 'a=1' });
    expect(code).toBe(2);
    expect(err).toContain('The environment variable SESSION_SECRET is not set. Put');
  });
});

/** The output of many tools for a cookie. If there are several cookies, its name is cart. */
const PRINTED: Readonly<Record<string, (cart: string) => string>> = {
  'what curl -v prints of an answer': (cart) =>
    '*   Trying 127.0.0.1:3000...\n> GET / HTTP/1.1\n> Host: 127.0.0.1:3000\n> Accept: */*\n>\n' +
    '* Request completely sent off\n< HTTP/1.1 200 OK\n< ETag: W/"e-abc"\n' +
    `< Set-Cookie: cart=${cart}; Path=/; Expires=Wed, 26 Nov 2025 04:02:00 GMT; HttpOnly\n` +
    '< Content-Type: text/html; charset=utf-8\n<\n{ [14 bytes data]\n',
  'what curl -v prints of a request': (cart) =>
    `> GET / HTTP/1.1\n> Host: 127.0.0.1:3000\n> Cookie: a=1; cart=${cart}; b=2\n>\n< HTTP/1.1 200 OK\n<`,
  'what curl -v prints over HTTP/2': (cart) =>
    `* [HTTP/2] [1] [:path: /]\n* [HTTP/2] [1] [cookie: cart=${cart}]\n` +
    `> GET / HTTP/2\n> cookie: cart=${cart}\n< HTTP/2 200\n`,
  'what curl -v prints of its jar': (cart) =>
    `* Added cookie cart="${cart}" for domain 127.0.0.1, path /, expire 1795752120\n< HTTP/1.1 200 OK\n`,
  'one line of curl -v': (cart) => `< Set-Cookie: cart=${cart}; Path=/`,
  'another line of curl -v': (cart) => `> Cookie: cart=${cart}`,
  'what curl -i prints': (cart) =>
    'HTTP/1.1 201 Created\r\nDate: Wed, 26 Nov 2025 04:02:00 GMT\r\n' +
    `set-cookie: cart=${cart}; Path=/; SameSite=Lax\r\nVary: Cookie\r\n\r\n{"ok":true,"next":"a=1; b=2"}`,
  'what curl -i prints in colours': (cart) =>
    `HTTP/1.1 200 OK\n\u001b[1mSet-Cookie\u001b[0m: cart=${cart}; Path=/\n`,
  "curl's jar": (cart) =>
    '# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n' +
    `#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t1795752120\tcart\t${cart}\n`,
  'a block of headers': (cart) =>
    `Host: a.example\nAccept: text/html;q=0.9\nCookie: cart=${cart}\nETag: "abc"`,
  'a name and its value in the next line': (cart) => `accept\n*/*\ncookie\ncart=${cart}\nhost\na.example`,
  'a name and its value behind a tab': (cart) => `Host\ta.example\nCookie\ta=1; cart=${cart}`,
  'several Set-Cookie headers in one': (cart) =>
    `a=1; Path=/; Expires=Wed, 26 Nov 2025 04:02:00 GMT, cart=${cart}; Path=/`.replace(/^/, 'Set-Cookie: '),
  'text in single quotes': (cart) => `'cart=${cart}'`,
  'text in double quotes': (cart) => `"cart=${cart}"`,
  'text in the quotes of JSON and of a shell': (cart) => `'"cart=${cart}; Path=/"'`,
  'text in the quotes of a word processor': (cart) => `\u201ccart=${cart}\u201d`,
  'a value in quotes': (cart) => `cart="${cart}"`,
  'an entry of a list': (cart) => `  'cart=${cart}; Path=/; HttpOnly',`,
  'a header in quotes': (cart) => `"Set-Cookie: cart=${cart}; Path=/"`,
  'headers as Node prints them': (cart) =>
    "{\n  vary: 'Cookie',\n  'set-cookie': [\n    'a=1; Path=/',\n" +
    `    'cart=${cart}; Path=/; HttpOnly'\n  ],\n  connection: 'close'\n}`,
  'headers as JSON': (cart) => `{"url":"/","headers":{"cookie":"a=1; cart=${cart}","host":"a.example"}}`,
  'cookies as JSON': (cart) => `{"a":"1","cart":"${cart}"}`,
  'cookies as Node prints them': (cart) => `{ a: '1', cart: '${cart}' }`,
  'an export of cookies': (cart) =>
    JSON.stringify([{ domain: 'a.example', name: 'cart', path: '/', value: cart }], null, 2),
  'cookies as Puppeteer prints them': (cart) =>
    "[\n  { name: 'a', value: '1', domain: 'a.example', secure: true },\n" +
    `  {\n    name: 'cart',\n    value: '${cart}',\n    path: '/'\n  }\n]`,
  'an export with the value in front': (cart) => `[{"value":"${cart}","domain":"a.example","name":"cart"}]`,
  'an archive of requests': (cart) =>
    JSON.stringify({
      log: { entries: [{ request: { headers: [{ name: 'Cookie', value: `a=1; cart=${cart}` }] } }] },
    }),
  'Copy as cURL of Chrome': (cart) =>
    "curl 'http://127.0.0.1:3000/' \\\n  -H 'accept: */*' \\\n" +
    `  -b 'a=1; cart=${cart}' \\\n  -H 'user-agent: a; b=c' \\\n  --insecure`,
  'an older Copy as cURL of Chrome': (cart) =>
    `curl 'http://127.0.0.1:3000/' -H 'accept: */*' -H 'cookie: cart=${cart}; a=1' --compressed`,
  'Copy as cURL of Chrome, escaped': (cart) =>
    `curl 'http://a/' -b $'a=it\\'s\\u0021; cart=${cart}' -H 'b: c'`,
  'Copy as cURL of Chrome on Windows': (cart) =>
    'curl ^"http://127.0.0.1:3000/^" ^\r\n  -H ^"accept: */*^" ^\r\n' +
    `  -b ^"a=^\\^"1^%^2^\\^"; cart=${cart}^" ^\r\n  -H ^"b: c^"`,
  'Copy as cURL of Firefox': (cart) => `curl "http://a/" -H "Accept: */*" -H "Cookie: cart=${cart}"`,
  'an option of curl': (cart) => `-b 'a=1; cart=${cart}'`,
  'a long option of curl': (cart) => `curl --cookie "cart=${cart}" http://127.0.0.1:3000`,
  'an option of curl without quotes': (cart) => `curl -b cart=${cart} http://127.0.0.1:3000`,
  'an option of curl that quotes quotes': (cart) => `curl -b 'a=it'\\''s; cart=${cart}' http://a/`,
  'Copy as PowerShell': (cart) =>
    '$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n' +
    `$session.Cookies.Add((New-Object System.Net.Cookie("cart", "${cart}", "/", "127.0.0.1")))`,
  'Copy as fetch': (cart) =>
    `fetch("http://a/", {\n  "headers": {\n    "cookie": "a=1; cart=${cart}"\n  },\n});`,
  "a row of a browser's table": (cart) =>
    `cart\t${cart}\t127.0.0.1\t/\t2026-03-26T04:02:00.000Z\t158\t✓\t\tLax\t\t\tMedium`,
  "a browser's table": (cart) => `Name\tValue\tDomain\na\t1\t127.0.0.1\ncart\t${cart}\t127.0.0.1`,
  'name and value alone of a table': (cart) => `cart\t${cart}\t`,
  "Firefox's cookie": (cart) =>
    `cart:"${cart}"\nCreated:"Wed, 26 Nov 2025"\nDomain:"127.0.0.1"\nHttpOnly:true\nPath:"/"\nSize:158`,
  'document.cookie': (cart) => `'a=1; b=2; cart=${cart}'`,
  'spaces and line ends around it': (cart) => `\r\n\r\n  cart=${cart}  \t\r\n\r\n`,
};

describe('a cookie as tools print it', () => {
  const value = seal(CONTENT);

  describe.each(Object.entries(PRINTED))('%s', (_title, print) => {
    test.each([
      ['with the line ends of Unix', print(value).replaceAll('\r\n', '\n')],
      ['with those of Windows', print(value).replaceAll(/\r?\n/g, '\r\n')],
      ['with spaces behind it', `${print(value)}  \n `],
    ])('is read, %s', async (_ends, input) => {
      for (const args of [[], ['--name', 'cart']]) {
        const { code, out, err } = await call(['inspect', ...args], { input });
        expect({ code, err }).toEqual({ code: 0, err: '' });
        expect(rowsOf(out)).toMatchObject({
          'cookie name': 'cart',
          opens: 'yes',
          size: `${4 + value.length} of 4096 bytes (name and value)`,
        });
      }
    });
  });

  test.each([
    ['in quotes', `'${value}'`],
    ['in the quotes of JSON', `"${value}",`],
    ['between line ends', `\r\n${value}\r\n`],
  ])('may be a bare value %s, with its name', async (_, input) => {
    const { code, out } = await call(['inspect', '--name', 'cart'], { input });
    expect([code, rowsOf(out)['opens']]).toEqual([0, 'yes']);
    const nameless = await call(['inspect'], { input });
    expect(nameless).toMatchObject({ code: 2, out: '', err: expect.stringContaining('has no name') });
  });

  test('says which cookies stood beside the only one that looks like a session', async () => {
    const { out } = await call(['inspect'], { input: `Cookie: _ga=GA1.1; cart=${value}; theme=dark` });
    expect(rowsOf(out)).toMatchObject({
      'cookie name': 'cart',
      others: '_ga, theme (not opened; choose one with --name)',
    });
    const named = await call(['inspect', '--name', 'theme'], {
      input: `Cookie: cart=${value}; theme=dark`,
    });
    expect(named.code).toBe(1);
    expect(rowsOf(named.out)).toMatchObject({
      'cookie name': 'theme',
      opens: expect.stringMatching(/^no: /),
    });
  });

  const other = seal({ other: 1 });
  const old = ancestor.util.encode({ cookieName: 'old', secret: 'weak' }, CONTENT, 3 * DAY, NOW - DAY);
  test.each([
    ['two sessions in a Cookie header', `Cookie: a=1; session=${other}; cart=${value}`, 'session, cart'],
    ['sessions of both formats', `Cookie: old=${old}; cart=${value}`, 'old, cart'],
    ['two that are none', 'theme=dark; language=en', 'theme, language'],
    [
      'two Set-Cookie headers',
      `Set-Cookie: a=${other}; Path=/\nSet-Cookie: cart=${value}; Path=/`,
      'a, cart',
    ],
    ['two rows of a table', `a\t${other}\t/\ncart\t${value}\t/`, 'a, cart'],
    ['two lines', `a=${other}\ncart=${value}`, 'a, cart'],
    ['a path that is a cookie', `Cookie: path=${other}; cart=${value}`, 'path, cart'],
    ['two in JSON', JSON.stringify({ a: other, cart: value }), 'a, cart'],
    ['two in a command', `curl http://a/ -b 'a=${other}; cart=${value}'`, 'a, cart'],
  ])('is asked for by name where there are %s', async (_, input, names) => {
    const { code, out, err } = await call(['inspect'], { input });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(`There are several cookies: ${names}. Say which one with --name NAME.\n`);
    const named = await call(['inspect', '--name', names.split(', ')[1]!], { input });
    expect([named.code, named.err]).toEqual([names.endsWith('cart') ? 0 : 1, '']);
  });

  test('is not chosen among two of one name', async () => {
    const input = `> Cookie: cart=${other}\n< Set-Cookie: cart=${value}; Path=/`;
    for (const args of [[], ['--name', 'cart']]) {
      const { code, out, err } = await call(['inspect', ...args], { input });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('2 cookies named cart with different values');
      expect(err).toContain('Pipe in only the line of one of them.');
    }
  });

  test('is not put together from lines that may have been one', async () => {
    const { code, out, err } = await call(['inspect'], {
      input: `cart=${value.slice(0, 80)}\n${value.slice(80)}`,
    });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Pipe the cookie in as one line.');
  });

  test.each([
    [
      'an answer without cookies',
      'HTTP/1.1 200 OK\nETag: "abc"\nContent-Type: text/html; charset=utf-8\n\na=1',
    ],
    ['a command without cookies', "curl 'http://a/?a=1' \\\n -H 'accept: */*' -b jar -c jar"],
    ['prose', 'Where is it?\nHere: nowhere.'],
  ])('is missed in %s', async (_, input) => {
    for (const args of [[], ['--name', 'a']]) {
      const { code, out, err } = await call(['inspect', ...args], { input });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Standard input contains no cookie. Pipe one cookie in');
    }
  });

  test('keeps the quotes that were sent, which no server takes off', async () => {
    const { code, out } = await call(['inspect'], { input: `Cookie: cart="${value}"` });
    expect(code).toBe(1);
    expect(rowsOf(out)['opens']).toMatch(/^no: malformed\n.*quoted/);
  });

  test('is found in JSON of any depth', async () => {
    for (const depth of [8, 20_000]) {
      const input = `${'['.repeat(depth)}{"name":"cart","value":"${value}"}${']'.repeat(depth)}`;
      expect((await call(['inspect'], { input })).code).toBe(0);
    }
  });

  test('is not named after what may be a secret', async () => {
    for (const input of [
      `a=1; ${SECRET}=1; b=2`,
      `Cookie: ${SECRET}=${value}; b=${value}`,
      `${SECRET}\t1\nb\t2`,
      JSON.stringify({ [SECRET]: value, b: value }),
      JSON.stringify([
        { name: SECRET, value },
        { name: 'b', value },
      ]),
    ]) {
      const { code, err } = await call(['inspect'], { input });
      expect(code).toBe(2);
      expect(err).toContain('1 whose name may be a secret');
    }
  });

  test.each([
    'a=1;',
    '"',
    "'",
    "'\\''",
    '[',
    'Cookie: ',
    '-b ',
    '{"',
    'a:"',
    '\\',
    '^\\^"',
    'a\t',
    'a=1\n',
    ',',
  ])('is looked for in little time among many %j', async (part) => {
    const many = part.repeat(Math.floor(60_000 / part.length));
    const began = cpuTime();
    for (const start of ['', "'", '"', 'Cookie: [', '-b ^"']) {
      const { code } = await call(['inspect'], { input: start + many });
      expect([1, 2]).toContain(code);
    }
    expect(cpuTime() - began).toBeLessThan(5_000);
  });
});

describe('rotate', () => {
  test('prints the three steps with the list of each, readers first', async () => {
    const { code, out } = await call(['rotate', '--lifetime', '120 days']);
    expect(code).toBe(0);
    const lists = [...out.matchAll(/secret: \[(.*)\]/g)].map(([, list]) => list!.split(', '));
    const [old, next] = ['process.env.SESSION_SECRET', 'process.env.SESSION_SECRET_NEXT'];
    expect(lists).toEqual([[old, next], [next, old], [next]]);
    expect(out).toContain(`SESSION_SECRET       key id ${SECRET_ID}, seals and opens\n`);
    expect(out).toContain('SESSION_SECRET_NEXT  not set yet: make it with npx nestjs-client-sessions keygen');
    expect(out).toContain(`key ids ${SECRET_ID}, (of SESSION_SECRET_NEXT)`);
    expect(out).toContain('3. 120 days after step 2 (if that is today: on 2026-10-13)');
  });

  test('names the new secret by its id when it is there', async () => {
    const { out } = await call(['rotate'], {
      env: { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: OTHER_SECRET },
    });
    expect([...out.matchAll(/^ +key ids (.*)/gm)].map(([, ids]) => ids)).toEqual([
      `${SECRET_ID}, ${OTHER_ID}`,
      `${OTHER_ID}, ${SECRET_ID}`,
      OTHER_ID,
    ]);
    expect(out).toContain('3. When the longest lifetime of a session has passed since step 2');
  });

  test('keeps a longer list in its order, under names of its own', async () => {
    const env = { CART_B: SECRET, CART_A: OTHER_SECRET };
    const { code, out } = await call(
      ['rotate', '--variable', 'CART_B', '--variable', 'CART_A', '--next', 'CART_C'],
      { env },
    );
    expect(code).toBe(0);
    expect(
      [...out.matchAll(/secret: \[(.*)\]/g)].map(([, list]) => list!.replaceAll('process.env.', '')),
    ).toEqual(['CART_B, CART_A, CART_C', 'CART_C, CART_B, CART_A', 'CART_C']);
    expect(out).toContain(
      `CART_B  key id ${SECRET_ID}, seals and opens\nCART_A  key id ${OTHER_ID}, opens\n`,
    );
  });

  test.each([
    ['a missing secret', [], {}, 'The environment variable SESSION_SECRET is not set'],
    [
      'a weak secret',
      [],
      { SESSION_SECRET: 'weak' },
      '"SESSION_SECRET": must be at least 32 bytes long, has 4.',
    ],
    [
      'a weak new secret',
      [],
      { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: 'weak' },
      '"SESSION_SECRET_NEXT": must be at least 32 bytes long, has 4.',
    ],
    [
      'the old secret as the new one',
      [],
      { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: SECRET },
      'List every secret once',
    ],
    [
      'a lifetime that is none',
      ['--lifetime', 'long'],
      { SESSION_SECRET: SECRET },
      '"--lifetime": must be a duration, got "long"',
    ],
    [
      'a lifetime without a unit',
      ['--lifetime', '120'],
      { SESSION_SECRET: SECRET },
      "must have a unit, got 120. Write '120 days', or use another unit.",
    ],
    [
      'a fraction without a unit',
      ['--lifetime=1.5'],
      { SESSION_SECRET: SECRET },
      "must have a unit, got 1.5. Write '1.5 days'",
    ],
    ['no time', ['--lifetime', '0'], { SESSION_SECRET: SECRET }, 'must have a unit, got 0.'],
    [
      'a lifetime without quotes',
      ['--lifetime', '120', 'days'],
      { SESSION_SECRET: SECRET },
      "must be in quotes. Write it as in --lifetime '120 days'.",
    ],
    [
      'another lifetime without quotes',
      ['--next', 'NEXT', '--lifetime=120', 'days'],
      { SESSION_SECRET: SECRET },
      "must be in quotes. Write it as in --lifetime '120 days'.",
    ],
    [
      'a name that is none',
      ['--next', 'A B'],
      { SESSION_SECRET: SECRET },
      'name of an environment variable must consist of letters, digits and underscores',
    ],
  ])('refuses %s', async (_, args, env, message) => {
    const { code, out, err } = await call(['rotate', ...args], { env });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('the command line', () => {
  test('explains itself and each command', async () => {
    const help = await call(['--help'], { env: {} });
    expect(help).toMatchObject({ code: 0, err: '', out: (await call(['-h'])).out });
    for (const command of ['keygen', 'inspect', 'rotate', 'doctor']) {
      expect(help.out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
      const own = await call([command, '--help'], { env: {} });
      expect(own).toMatchObject({ code: 0, err: '', out: (await call([command, '-h'])).out });
      expect(own.out).toContain(`Usage: nestjs-client-sessions ${command}`);
    }
  });

  test('knows its version', async () => {
    expect(await call(['--version'], { env: {} })).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    expect((await call(['-v'])).out).toBe('1.2.3\n');
  });

  test.each([
    ['no command', [], 'The command is missing. Use one of: keygen, inspect, rotate, doctor.'],
    [
      'an unknown command',
      ['keygne'],
      'The command is unknown. Use one of: keygen, inspect, rotate, doctor.',
    ],
    ['what every object inherits', ['constructor'], 'The command is unknown.'],
    ['an unknown option', ['keygen', '--length', '9'], 'Known options: --env, --help.'],
    [
      'an option of another command',
      ['rotate', '--reveal'],
      'Known options: --variable VALUE, --next VALUE,',
    ],
    ['an argument without an option', ['inspect', 'cart'], 'An argument is unknown'],
    ['an option without its value', ['inspect', '--name'], 'or its value is missing'],
  ])('refuses %s', async (_, argv, message) => {
    const { code, out, err } = await call(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  const hexadecimal = Buffer.from(SECRET).toString('hex');
  test.each([
    ['a secret as an argument', ['inspect', SECRET], SECRET],
    ['a short secret as an argument', ['inspect', 'hunter2-hunter2'], 'hunter2'],
    ['a secret as a command', [SECRET], SECRET],
    ['a secret as an option', ['inspect', `--secret=${SECRET}`], SECRET],
    ['a short secret as an option', ['rotate', '--secret', 'hunter2'], 'hunter2'],
    ['a secret as a short option', ['inspect', `-s${SECRET}`], SECRET],
    ['a secret where a name belongs', ['inspect', '--name', SECRET], SECRET],
    ['a secret where a variable belongs', ['rotate', `--variable=${SECRET}`], SECRET],
    ['a secret of hexadecimal digits', ['rotate', '--next', hexadecimal], hexadecimal],
    ['a cookie as an argument', ['inspect', `cart=${altered()}`], altered().slice(0, 20)],
    ['a secret after the help', ['keygen', '--help', SECRET], SECRET],
  ])('refuses %s, without repeating it', async (_, argv, secret) => {
    const { code, out, err } = await call(argv, { input: 'cart=a' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Put a secret into an environment variable, and pipe a cookie in.');
    expect(err).not.toContain(secret);
  });

  test('repeats no secret that was piped in by mistake', async () => {
    for (const input of [SECRET, `${SECRET}=`, `SESSION_SECRET=${SECRET}`, `a=1; b=${SECRET}`]) {
      for (const args of [[], ['--name', 'cart'], ['--name', 'b']]) {
        const { out, err } = await call(['inspect', ...args], { input });
        expect(out + err).not.toContain(SECRET);
      }
    }
  });

  test('lets other failures through, as they are no fault of the caller', async () => {
    const broken = run(['--version'], {
      stdin: Object.assign((async function* () {})(), {}),
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      env: {},
      now: () => NOW,
      ...SURROUNDINGS,
      manifest: () => {
        throw new RangeError('broken');
      },
    });
    await expect(broken).rejects.toThrow('broken');
  });

  test('is searched for secrets in a way that finds them', () => {
    expect(leaks(`see ${SECRET.slice(5, 14)}`)).not.toEqual([]);
    expect(leaks(Buffer.from(OTHER_SECRET).toString('hex'))).not.toEqual([]);
    expect(leaks('nothing here')).toEqual([]);
  });

  function altered(): string {
    return seal(CONTENT);
  }
});

describe('what a cookie says in the clear', () => {
  test('is its format and the id of its key', () => {
    expect(describeHeader(seal({}))).toEqual({ format: 1, keyId: SECRET_ID });
  });

  test('is nothing when it is cut, of another spelling or of another format', () => {
    const text = seal({});
    for (const other of ['', 'a', text.slice(0, 40), `${text}=`, `Ag${text.slice(2)}`, 'a.b.c.d.e']) {
      expect(describeHeader(other)).toBeUndefined();
    }
  });
});

describe('lengths of time', () => {
  test.each([
    [0, '0 seconds'],
    [999, '0 seconds'],
    [1000, '1 second'],
    [119_999, '1 minute'],
    [2 * HOUR, '2 hours'],
    [DAY, '1 day'],
    [400 * DAY, '400 days'],
  ])('of %d ms are %s', (ms, text) => {
    expect(lengthText(ms)).toBe(text);
  });
});

describe('secrets of the environment, as they really arrive', () => {
  test.each<[string, string, RegExp]>([
    ['a carriage return', `${SECRET}\r`, /it ends with a carriage return.*text\.trim\(\)/],
    ['a line end', `${SECRET}\n`, /it ends with a line break/],
    ['a byte order mark', `\ufeff${SECRET}`, /it begins with a byte order mark/],
    [
      'quotes, as docker --env-file keeps them',
      `"${SECRET}"`,
      /it begins or ends with a quote.*Remove quotes/,
    ],
    ['its name', `SESSION_SECRET=${SECRET}`, /it begins with the name of a variable/],
    ['another one', `${SECRET},${OTHER_SECRET}`, /must be one secret, got several in one text.*as a list/],
  ])('with %s: refused by rotate and inspect, naming the variable', async (_title, secret, message) => {
    const env = { SESSION_SECRET: OTHER_SECRET, SESSION_SECRET_NEXT: secret };
    for (const ending of [
      await call(['rotate'], { env }),
      await call(['inspect', '--name', 'cart', '--variable', 'SESSION_SECRET_NEXT'], {
        env,
        input: seal({}),
      }),
    ]) {
      expect([ending.code, ending.out]).toEqual([2, '']);
      expect(ending.err).toMatch(/^Invalid option "SESSION_SECRET_NEXT": /);
      expect(ending.err).toMatch(message);
    }
  });

  test('of the legacy format are taken byte for byte', async () => {
    const secret = `"${SECRET}"\r`;
    const text = ancestor.util.encode({ cookieName: 'cart', secret }, { a: 1 }, DAY, NOW);
    const ending = await call(['inspect', '--name', 'cart'], {
      env: { SESSION_SECRET: secret },
      input: text,
    });

    expect([ending.code, rowsOf(ending.out)['opens']]).toEqual([0, 'yes']);
  });
});
