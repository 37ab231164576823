import { describe, expect, test } from '@jest/globals';
import ancestor from 'client-sessions';
import { run } from '../../lib/cli/run.js';
import { lengthText } from '../../lib/cli/text.js';
import { describeHeader, Format1 } from '../../lib/sealing/format-1.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { secretBytes } from '../../lib/sealing/secret.js';
import { createSessionCodec } from '../../lib/session-codec.js';
import type { SessionRecord } from '../../lib/sealing/session-record.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

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
    version: () => '1.2.3',
  });
  expect(leaks(written.out + written.err)).toEqual([]);
  return { code, ...written };
}

/** The pieces of the secrets that a text contains, in any usual spelling. Looked for in every output of every test. */
function leaks(text: string): string[] {
  return LEAKS.filter((piece) => text.includes(piece));
}

const LEAKS = [SECRET, OTHER_SECRET].flatMap((secret) =>
  (['utf8', 'hex', 'base64', 'base64url'] as const).flatMap((encoding) => {
    const text = Buffer.from(secret).toString(encoding);
    return Array.from({ length: text.length - 7 }, (_, at) => text.slice(at, at + 8));
  }),
);

/** The rows of the report: label and text, continued rows joined by a line end. */
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
  return new Format1(new KeyRing(secret, 'secret'), { purpose, cookieName: 'cart' }).seal({
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
        expect.stringMatching(/^no: content\n.*no JSON object\./),
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
    ['cut', `cart=${altered.slice(0, 30)}`, 'malformed', 'another library.'],
    ['empty', 'cart=', 'malformed', 'another library.'],
    ['of another library', 'cart=Fe26.2**abc*def', 'malformed', 'another library.'],
    ['of a later format', `cart=Ag${altered.slice(2)}`, 'unknown-version', 'newer one?'],
    ['expired', `cart=${seal(CONTENT, { expiresAt: NOW })}`, 'expired', 'Its time is over.'],
    [
      'from the future',
      `cart=${seal(CONTENT, { createdAt: NOW + HOUR, startedAt: NOW + HOUR })}`,
      'future',
      'Compare the clocks.',
    ],
    ['no object', `cart=${seal([1])}`, 'content', 'no JSON object.'],
    ['no JSON', `cart=${seal({}, { json: '{' })}`, 'content', 'no JSON object.'],
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
      '\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u2060\u2061\u2064\ufeff\ufff9\ufffb\u{e0001}\u{e0041}\u{e007f}',
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
    [
      'no secret',
      [],
      { env: {}, input: 'cart=a' },
      'The environment variable SESSION_SECRET is not set. Put',
    ],
    ['an empty secret', [], { env: { SESSION_SECRET: '' }, input: 'cart=a' }, 'SESSION_SECRET is not set'],
    ['no secret of that name', ['--variable', 'NO'], { input: 'cart=a' }, 'variable NO is not set'],
    [
      'a weak secret',
      [],
      { env: { SESSION_SECRET: 'weak' }, input: 'cart=a' },
      '"SESSION_SECRET": it has 4 bytes',
    ],
    [
      'one secret twice',
      ['--variable', 'A', '--variable', 'B'],
      { env: { A: SECRET, B: SECRET }, input: 'cart=a' },
      'List every secret once',
    ],
    ['no input', [], { input: ' \n' }, 'There is nothing on standard input. Pipe one cookie in'],
    ['too much input', [], { input: 'a'.repeat(70_000) }, 'too long for a cookie'],
    ['a cookie without a name', [], { input: 'abc' }, 'Pipe in name=value, or add --name NAME.'],
    ['a name that is none', ['--name', 'a;b'], { input: 'abc' }, 'That is no name of a cookie'],
    ['a name with a value', ['--name', 'cart=x'], { input: 'abc' }, 'That is no name of a cookie'],
    ['a name that deceives', ['--name', 'cart=\u202e'], { input: 'abc' }, 'That is no name of a cookie'],
    ['a name that is not there', ['--name', 'c'], { input: 'a=1; b=2' }, 'Check --name.'],
    ['a variable that is none', ['--variable', 'A-B'], { input: 'a=1' }, 'Give its name, never its value.'],
  ])('refuses %s', async (_, args, setup, message) => {
    const { code, out, err } = await call(['inspect', ...args], setup);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
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
    expect(out).toContain('3. When the longest lifetime of any session has passed since step 2');
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
    ['a weak secret', [], { SESSION_SECRET: 'weak' }, '"SESSION_SECRET": it has 4 bytes, 32 are the least'],
    [
      'a weak new secret',
      [],
      { SESSION_SECRET: SECRET, SESSION_SECRET_NEXT: 'weak' },
      '"SESSION_SECRET_NEXT": it has 4 bytes',
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
      '"--lifetime": "long" is no',
    ],
    [
      'a name that is none',
      ['--next', 'A B'],
      { SESSION_SECRET: SECRET },
      'no name of an environment variable',
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
    for (const command of ['keygen', 'inspect', 'rotate']) {
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
    ['no command', [], 'There is no command. Use one of: keygen, inspect, rotate.'],
    ['an unknown command', ['keygne'], 'There is no such command. Use one of: keygen, inspect, rotate.'],
    ['what every object inherits', ['constructor'], 'There is no such command.'],
    ['an unknown option', ['keygen', '--length', '9'], 'Known are: --env, --help.'],
    ['an option of another command', ['rotate', '--reveal'], 'Known are: --variable VALUE, --next VALUE,'],
    ['an argument without an option', ['inspect', 'cart'], 'An argument is not known here'],
    ['an option without its value', ['inspect', '--name'], 'or lacks its value'],
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
    expect(err).toContain('put a secret into an environment variable, and pipe a cookie in.');
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
      version: () => {
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
  test('is the id of its key', () => {
    expect(describeHeader(seal({}))).toEqual({ keyId: SECRET_ID });
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
