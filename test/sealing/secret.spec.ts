import {
  createHash,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomInt,
  randomUUID,
} from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { generateSecret, secretBytes } from '../../lib/sealing/secret.js';
import { cpuTime } from '../support/cpu-time.js';
import { leaksOf } from '../support/leaks.js';
import { SECRET } from '../support/secrets.js';
import { sized } from '../support/size.js';

const REMEDY =
  "Generate one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\" " +
  'or with: npx nestjs-client-sessions keygen, and keep it outside the code.';
const FORMS = 'Give text of at least 32 bytes, a Buffer or a KeyObject.';
const TOO_EARLY =
  'If a .env file has it, that file was loaded too late: start with "node --env-file=.env", ' +
  'or ask ConfigService for the secret, in forRootAsync().';

const PLACEHOLDER = 'it is a placeholder from documentation or a template';
const TEMPLATE = 'it is a template that was not filled in';
const COMMAND = 'it is the command that generates a secret, not the secret that the command prints';
const ADDRESS = 'must be the secret itself, got its location or code that reads it';
const NO_TEXT = 'it is another value that was turned into text: an object, a function, a class or undefined';
const PUBLIC = 'must be secret, got a public key or a certificate';
const PATTERN = 'it repeats itself or counts up, so it can be guessed';
const FEW = 'it uses too few different characters, so it can be guessed';
const WORDS = 'it consists of common words or rows of keys, so it can be guessed';

/** Returns the error for a secret. It shows no part of the secret, because problem and remedy are fixed texts. */
function refusal(secret: unknown): InvalidOptionsError {
  try {
    secretBytes(secret, 'secret');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    const { message, problem, remedy, stack } = error as InvalidOptionsError;
    expect(message).toBe(`Invalid option "secret": ${problem}. ${remedy}`);
    if (typeof secret === 'string' && secret !== '') {
      expect(`${stack} ${inspect(error, { depth: Infinity, showHidden: true })}`).not.toContain(secret);
    }
    return error as InvalidOptionsError;
  }
  throw new Error('it was not refused');
}

function refused(secret: unknown): string {
  const error = refusal(secret);
  expect(error.remedy).toBe(REMEDY);
  return error.problem;
}

describe('secrets that were published', () => {
  const PHRASE =
    'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.';
  const VALUES: readonly [title: string, value: string][] = [
    ['NestJS', PHRASE],
    ['FastAPI', '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
    ['Flask', '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf'],
    ['an older Flask', '_5#y2L"F4Q8z\\n\\xec]/'],
    ['the oldest Flask', 'A0Zr98j/3yX R~XHH!jmN]LWX/,?RT'],
    ['Flask-Security', 'pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw'],
    ['Django', 'django-insecure-#k3j!x9@q7mz$w2v5n8b1c4'],
    ["MDN's Django", 'cg#p$g+j9tax!#a3cup@1$8obt2_+&k3q+pmu)5%asj6yjpkag'],
    ['Rails', '3b7cd727ee24e8444053437c36cc66c3'],
    ['Laravel', 'base64:Hupx3yAySikrM2/edkZQNQHslgDWYfiBfCuSThJ5SK8='],
    ['packages for Laravel', 'AckfSECXIvnK5r28GVIWUAxmbBSjTsmF'],
    ['Symfony', 'ThisTokenIsNotSoSecretChangeIt'],
    ['Spring', '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970'],
    ['JJWT', 'Yn2kjibddFAWtnPJ2AFlL8WXmohJMCvigQggaEypa5E='],
    ['NextAuth', 'LlKq6ZtYbr+hTC073mAmAh9/h2HwMfsFo4hrfCx5mLg='],
    ['Tornado', '61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo='],
    ['Airflow', '46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho='],
    ['Supabase', 'UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15BLrx8etQoXz3gZv1/u2oq'],
    ['Directus', '6116487b-cda1-52c2-b5b5-c8022c45e263'],
    ['Redash', 'c292a0a3aa32397cdb050e233733900f'],
    ['Ory', '32-LONG-SECRET-NOT-SECURE-AT-ALL'],
    ['better-auth', 'better-auth-secret-12345678901234567890'],
    ['@hapi/cookie', '!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6'],
    ['jwt.io', 'your-256-bit-secret-your-256-bit-secret'],
    ['jwt.io, longer', 'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long'],
    ['examples of uuids', '550e8400-e29b-41d4-a716-446655440000'],
    ['hex that reads as words', 'feedfacecafebeefdeadbeefbaadf00d'],
    ['RFC 7515', 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'],
    ['NIST', '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'],
    ['xkcd', 'correct horse battery staple 12345678'],
  ];

  test.each(VALUES)(
    '%s: refused, also in another case, between spaces or quotes, and in a KeyObject',
    (_title, value) => {
      for (const spelling of [
        value,
        value.toLowerCase(),
        value.toUpperCase(),
        ` \t${value}\r\n`,
        `"${value}"`,
        Buffer.from(`${value}\n`),
        createSecretKey(value, 'utf8'),
      ]) {
        expect([spelling, refused(spelling)]).toEqual([spelling, PLACEHOLDER]);
      }
    },
  );

  test.each<[string, Buffer]>([
    ['hex', Buffer.from('09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7', 'hex')],
    ['base64', Buffer.from('46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=', 'base64')],
    [
      'a Python literal',
      Buffer.from('\xfd{H\xe5<\x95\xf9\xe3\x96.5\xd1\x01O<!\xd5\xa2\xa0\x9fR"\xa1\xa8', 'latin1'),
    ],
  ])('refuses the bytes that a published value in %s stands for, in any spelling', (_title, bytes) => {
    for (const spelling of [
      bytes,
      bytes.toString('hex'),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ]) {
      expect(refused(spelling)).toBe(PLACEHOLDER);
    }
  });

  test('refuses the bytes that Flask documented as a literal, copied into JavaScript', () => {
    expect(refused('\xfd{H\xe5<\x95\xf9\xe3\x96.5\xd1\x01O<!\xd5\xa2\xa0\x9fR"\xa1\xa8')).toBe(PLACEHOLDER);
  });

  test.each(['hex', 'base64', 'base64url'] as const)(
    'refuses a phrase of the documentation as %s',
    (encoding) => {
      expect(refused(Buffer.from(PHRASE).toString(encoding))).toBe(PLACEHOLDER);
    },
  );
});

describe('text that says it is no secret', () => {
  test.each([
    'development-secret-do-not-use-in-production',
    'Do_Not_Use_This_Key_On_Any_Real_Server_9f3b7c1d',
    'never use this secret outside of your laptop!',
    'session-signing-not-for-production-7Gk2pQ',
    'insecure_but_good_enough_for_the_demo_8823',
    'this one is not secure at all, replace soon',
    'keep it secret, keep it safe, said the wizard',
    'KeepThisSecretAndNeverShowItToAnyone!!',
    'changeme-9f3b7c1de05a846277f0ab93d1c45e86',
    'please.change.this.before.you.deploy.it',
    'must-be-changed-in-production-a1s2d3f4g5',
    'ReplaceMeWithSomethingRandomAndLong',
    'to-be-replaced-by-the-operations-team-01',
    'your_own_very_long_random_session_secret',
    'insert-your-secret-in-this-very-line-ok',
    'only-for-development-on-localhost-3000',
    'testing-only-8d7f6g5h4j3k2l1q0w9e8r7t6y',
    'some secret of at least 32 bytes or more',
    '32-characters-of-pure-entropy-go-in-here',
    'lorem ipsum dolor sit amet consectetur',
  ])('%s: refused', (secret) => {
    expect(refused(secret)).toBe(PLACEHOLDER);
  });
});

describe('what stands for a secret', () => {
  test.each([
    '${SESSION_SECRET}',
    '${SESSION_SECRET}-9f3b7c1de05a846277f0ab93d1c45e86',
    '${SESSION_SECRET:-9f3b7c1de05a846277f0ab93d1c45e86}',
    '${{ secrets.SESSION_SECRET }}-of-the-release-branch',
    '#{secrets.session}#{secrets.session}#',
    '{{ secret }}',
    '{{ .Values.session.secret | quote }} 7d1ccd303865',
    '<the session secret of this environment>',
    'prefix-<session secret of the cluster>-suffix',
    '<SESSION_SECRET_OF_THIS_ENVIRONMENT>',
    '[the secret of this environment, e.g. from pwgen]',
    "<%= ENV['SESSION_SECRET_KEY_BASE_2'] %>",
    '%SESSION_SECRET%',
    '%SESSION_SECRET%-9f3b7c1de05a846277f0ab93d1',
    '%env(APP_SECRET)%-9f3b7c1de05a846277f0ab93',
    '$(openssl rand -base64 32)',
    '$(cat session-secret.txt)-9f3b7c1de05a8462',
    '$SESSION_SECRET_OF_PRODUCTION_SERVERS',
    '$session_secret/9f3b7c1de05a846277f0ab93d1c4',
    '$env:SESSION_SECRET + 9f3b7c1de05a846277f0',
    '__SESSION_SECRET__9f3b7c1de05a846277f0ab93',
  ])('a template, %s: refused', (secret) => {
    expect(refused(secret)).toBe(TEMPLATE);
  });

  test.each([
    '`openssl rand -base64 48`',
    'openssl rand -hex 32 | tr -d "\\n" | pbcopy',
    'head -c 32 /dev/urandom | base64 | tr -d =',
    "crypto.randomBytes(32).toString('base64url')",
    "require('crypto').randomBytes(48).toString('hex')",
    'python -c "import secrets; print(secrets.token_urlsafe(32))"',
    'npx nestjs-client-sessions keygen --env >> .env',
  ])('a command, %s: refused', (secret) => {
    expect(refused(secret)).toBe(COMMAND);
  });

  test.each([
    'process.env.SESSION_SECRET_OF_THE_SHOP',
    "process.env['SESSION_SECRET'] ?? 'a8Xq2Lw93kd'",
    'import.meta.env.SESSION_SECRET_OF_THE_SHOP',
    "os.environ['SESSION_SECRET_OF_THE_SHOP']",
    '/run/secrets/session_secret_of_the_shop',
    '/etc/shop/secrets/session-2026-production',
    './configuration/secrets/session-secret.txt',
    '~/.config/shop/secrets/session-secret.txt',
    'C:\\ProgramData\\Shop\\secrets\\session.txt',
    'file:///run/secrets/session_secret_of_the_shop',
    'https://vault.example.com/v1/secret/data/shop',
    'op://production/shop/session-secret/password',
    'vault:secret/data/shop/production#session',
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop',
  ])('an address, %s: refused', (secret) => {
    expect(refused(secret)).toBe(ADDRESS);
  });

  test.each([
    '[object Object]',
    '[object Object]xxxxxxxxxxxxxxxxxxxx',
    '[object Object],[object Object]',
    '[object Promise]0000000000000000',
    'session-[object Map]-9f3b7c1de05a8462',
    'undefined00000000000000000000000000',
    'undefined-undefined-9f3b7c1de05a8462',
    '9f3b7c1de05a846277f0ab93-undefined',
    "() => readFileSync('session').toString()",
    'async (name) => await vault.read(name, 1)',
    'function secret() { return vault.read(1); }',
    'class Vault { constructor(a8Xq2Lw) {} }',
  ])('a value that was turned into text, %s: refused', (secret) => {
    expect(refused(secret)).toBe(NO_TEXT);
  });

  test.each([
    'undefined'.repeat(4),
    'null'.repeat(9),
    'NaN'.repeat(11),
    'null'.padEnd(32, '0'),
    'NaN'.padEnd(40, 'x'),
    'null,'.repeat(7),
    'true'.repeat(8),
    'null NaN false null true NaN null false',
    '[object Object]'.repeat(4),
  ])('nothing as text, %s: refused', (secret) => {
    expect([NO_TEXT, PATTERN, WORDS]).toContain(refused(secret));
  });
});

describe('public keys', () => {
  const SSH_RSA = 'AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7Vd8Kq3m0pXy9TnZ2rLw5Jh8QbUeYcF1sGvIoKxNzD4MaPtRi7W';
  const SSH_ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIKx8mZ0b6v1QeYk3n5f7rT2uWqL9pHs4dJcVgXaBoMNi';
  const pairs = [
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['an elliptic curve', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['Ed25519', generateKeyPairSync('ed25519')],
    ['X25519', generateKeyPairSync('x25519')],
  ] as const;

  test.each(
    [
      `ssh-rsa ${SSH_RSA} ann@laptop`,
      `ssh-ed25519 ${SSH_ED25519} ann@laptop`,
      `  ssh-ed25519 ${SSH_ED25519}\n`,
      `restrict,command="/bin/true" ssh-ed25519 ${SSH_ED25519}`,
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKx8mZ0b6v1Q ann@laptop',
      'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIKx8mZ0b6v1Q ann@laptop',
      SSH_RSA,
      SSH_ED25519,
      '---- BEGIN SSH2 PUBLIC KEY ----\nComment: ann\nKx8mZ0b6v1QeYk3n5f7rT2uWqL9pHs4dJcVgXaBoMNi',
      '-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAKHHIG3mZ0b6v1QeYk3n5f7rT2uWqL9pHs4',
      '-----BEGIN TRUSTED CERTIFICATE-----\nMIIBkTCB+wIJAKHHIG3mZ0b6v1QeYk3n5f7rT2u',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIBkTCB+wIJAKHHIG3mZ0b6v1QeYk3n5f7rT2u',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBFKx8mZ0b6v1QeYk3n5f7rT2uWqL9pHs4d',
    ].map((secret) => [secret.trim().slice(0, 40).replace('\n', ' '), secret] as const),
  )('%s…: refused', (_title, secret) => {
    expect(refused(secret)).toBe(PUBLIC);
    expect(refused(Buffer.from(secret))).toBe(PUBLIC);
  });

  test.each(pairs)('one of %s: refused as PEM, as DER, and as the base64 of it', (_title, { publicKey }) => {
    const der = publicKey.export({ type: 'spki', format: 'der' });
    for (const secret of [
      publicKey.export({ type: 'spki', format: 'pem' }),
      der,
      der.toString('base64'),
      der.toString('hex'),
    ]) {
      expect(refused(secret)).toBe(PUBLIC);
    }
  });

  test.each(pairs)('a private one of %s is secret, in the form of text', (_title, { privateKey }) => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

    expect(secretBytes(pem, 'secret')).toEqual(Buffer.from(pem));
  });
});

describe('patterns', () => {
  const UNIT = 'k3Jx9Qm2Lp7Zs4Vt';

  test.each<[string, string | Buffer]>([
    ['a unit twice', UNIT + UNIT],
    ['a good secret twice', SECRET + SECRET],
    ['a uuid twice', '7d1ccd30-3865-42a5-8b75-ff97e2587e62'.repeat(2)],
    ['with a character between', `${UNIT}-${UNIT}`],
    ['with more between', `${UNIT} : ${UNIT}`],
    ['with characters around and between', `"${UNIT}","${UNIT}"`],
    ['the second time cut short', UNIT + UNIT + UNIT.slice(0, 5)],
    ['two and a half times', `${UNIT}${UNIT}${UNIT.slice(0, 8)}`],
    ['in another case the second time', UNIT + UNIT.toUpperCase()],
    ['numbered', `${UNIT}1${UNIT}2`],
    ['the other way round the second time', UNIT + [...UNIT].reverse().join('')],
    ['a uuid of one unit', '12345678-1234-5678-1234-567812345678'],
    ['bytes twice', Buffer.concat([Buffer.from(UNIT), Buffer.from(UNIT)])],
    [
      'random bytes twice, in base64',
      Buffer.alloc(48, createHash('sha256').update('a').digest().subarray(0, 24)).toString('base64'),
    ],
    ['a long unit twice', `${createHash('sha512').update('a').digest('hex')}/`.repeat(2)],
    ['thisisasecretkey twice', 'thisisasecretkeythisisasecretkey'],
    ['up and down', 'abcdefghijklm0123456789zyxwvutsrqpon'],
    ['every second letter', 'acegikmoqsuwybdfhjlnprtvxz024681'],
    ['letters and digits that count', 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
    ['letters and digits that count in hex', '1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d'],
    ['letters and digits that count down', '8f9a7b6c5d4e3f2a1b0c9d8e7f6a5b4c'],
    ['hex of bytes that count', Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex')],
    ['base64 of bytes that count', Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64')],
    ['hex of zeros', Buffer.alloc(32).toString('hex')],
    ['base64 of zeros', Buffer.alloc(32).toString('base64')],
    ['steps of three', Buffer.from(Array.from({ length: 32 }, (_, i) => i * 3))],
  ])('%s: refused', (_title, secret) => {
    expect(refused(secret)).toBe(PATTERN);
  });
});

describe('words and rows of keys', () => {
  const TEXT = 'this is my secret key for the sessions';
  const BASE64 = Buffer.from(TEXT).toString('base64');

  test.each([
    'qwertyuiopasdfghjklzxcvbnm123456',
    'QWERTYUIOP[]ASDFGHJKL;ZXCVBNM,./',
    'azertyuiopqsdfghjklmwxcvbn0123456789',
    'qwertzuiopasdfghjklyxcvbnm1234567890',
    'poiuytrewqlkjhgfdsamnbvcxz0987654321',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9',
    '1QAZ2WSX3EDC4RFV!QAZ@WSX#EDC$RFV',
    'zaq12wsxcde34rfvbgt56yhnmju78ik,',
    'qweasdzxc123rtyfghvbn456uiojklm789',
    'asdf-zxcv-qwer-1234-uiop-jkl;-7890-vbnm',
    '!@#$%^&*()_+qwertyuiop1234567890',
    '1q2w3e4r5t6y7u8i9o0pazsxdcfvgbhnjm',
    'thisisaverylongsecretkeyforsessions',
    'my-very-long-and-secure-session-secret',
    'a-very-long-random-string-for-sessions',
    'super-secret-session-password-2026!!',
    'P@ssw0rd-S3cret-K3y-F0r-My-App-2026!',
    'mysupersecretkeythatnobodycanguess123',
    'development-session-secret-1234567890',
    'example-session-secret-0123456789abcdef',
    'sample_cookie_secret_key_for_our_demo_app',
    'dummy.secret.key.for.testing.purposes',
    'default secret, please override it soon',
    'staging-secret-staging-key-staging-token',
    'test-session-secret-with-enough-entropy',
    'reallyreallyreallyreallyverysafe',
    'acme-widgets-session-secret-production',
    'the quick brown fox jumps over the lazy dog',
    'hello world hello world, this is a secret',
    'mein-sehr-geheimes-passwort-fuer-die-app',
    BASE64,
    Buffer.from(TEXT).toString('hex'),
    '-_.,:;-_ .,;:_-., ;:-._,; :.-,_;: -.,_',
  ])('%s: refused', (secret) => {
    expect([WORDS, FEW]).toContain(refused(secret));
  });

  test.each<[string, string]>([
    ['a prefix', `base64:${BASE64}`],
    ['a prefix in capitals', `BASE64:${BASE64}`],
    ['a prefix behind blanks', `  base64:${BASE64}`],
    ['the prefix of numbers', `0x${Buffer.from(TEXT).toString('hex')}`],
    ['blanks in between', BASE64.replaceAll(/.{20}/g, '$&  ')],
  ])('in base64 or hex with %s: refused', (_title, secret) => {
    expect(refused(secret)).toBe(WORDS);
  });

  test('in base64 that only looks as if it had a prefix further on: refused', () => {
    const secret = Buffer.from('key1-1: a common secret password of the session').toString('base64');
    expect(secret.indexOf('0x')).toBeGreaterThan(0);
    expect(refused(secret)).toBe(WORDS);
  });

  test.each([
    'purple-monkey-dishwasher-tuesday-anvil-copper',
    'grumble vortex acquaint thirteen mosaic pelican',
    'acme-production-session-secret-Zk3vQp9XwL2nB7rT5yHc8mJd',
    'dev-secret-9f3b7c1de05a846277f0ab93d1c45e86',
    'v1.local.hV8tWfT3oQ2xN6rL0pKc5sJd9aYb4uEg',
    '密码是很长的一句话没有人会猜到它的内容',
  ])('%s: taken, because words alone are not held against it', (secret) => {
    expect(secretBytes(secret, 'secret')).toEqual(Buffer.from(secret));
  });
});

describe('bytes that are no text', () => {
  const NO_CHARACTERS = 'it contains the character U+FFFD, which replaces bytes that are not valid text';

  test.each([
    ['the first half of a surrogate pair', `${SECRET}\uD83D`],
    ['the second half', `\uDE00${SECRET}`],
    ['halves in the wrong order', `${SECRET}\uDE00\uD83D${SECRET}`],
    ['the replacement character', `${SECRET}\uFFFD`],
    ['random bytes that were read as UTF-8', Buffer.from('f1c2a0'.repeat(16), 'hex').toString('utf8')],
    [
      'random bytes that were read as UTF-16',
      `${SECRET}${Buffer.from('00d801d8', 'hex').toString('utf16le')}`,
    ],
    ['a Buffer of such text', Buffer.from(`${SECRET}\uFFFD`)],
    ['a KeyObject of such text', createSecretKey(`${SECRET}\uFFFD`, 'utf8')],
  ])('%s: refused, with the Buffer as remedy', (_title, secret) => {
    const error = refusal(secret);

    expect(error.problem).toBe(NO_CHARACTERS);
    expect(error.remedy).toBe(`Give the Buffer itself, or convert it with toString('base64url'). ${REMEDY}`);
  });

  test('whole pairs, and bytes that are no UTF-8, are taken', () => {
    const text = `${SECRET}\u{1F600}`;
    const bytes = Buffer.concat([randomBytes(32), Buffer.from('\uFFFD'), Buffer.of(0xff)]);

    expect(secretBytes(text, 'secret')).toEqual(Buffer.from(text));
    expect(secretBytes(bytes, 'secret')).toEqual(bytes);
  });
});

describe('what is no key material', () => {
  class Vault {
    readonly name = SECRET;
  }

  test.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'it is missing', `${FORMS} ${TOO_EARLY} ${REMEDY}`],
    ['empty text', '', 'it is missing', `${FORMS} ${REMEDY}`],
    ['a number', 42, 'must be text, a Buffer or a KeyObject, got a number', `${FORMS} ${REMEDY}`],
    ['a bigint', 42n, 'must be text, a Buffer or a KeyObject, got a bigint', `${FORMS} ${REMEDY}`],
    ['a boolean', true, 'must be text, a Buffer or a KeyObject, got a boolean', `${FORMS} ${REMEDY}`],
    ['false', false, 'must be text, a Buffer or a KeyObject, got a boolean', `${FORMS} ${REMEDY}`],
    ['a symbol', Symbol(SECRET), 'must be text, a Buffer or a KeyObject, got a symbol', `${FORMS} ${REMEDY}`],
    [
      'an object',
      { value: SECRET },
      'must be text, a Buffer or a KeyObject, got an object',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'an instance of a class without a name',
      new (class {})(),
      'must be text, a Buffer or a KeyObject, got an object',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'an object without a prototype',
      Object.create(null),
      'must be text, a Buffer or a KeyObject, got an object',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'a class instance',
      new Vault(),
      'must be text, a Buffer or a KeyObject, got an instance of Vault',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'boxed text',
      new String(SECRET),
      'must be text, a Buffer or a KeyObject, got an instance of String',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'a date',
      new Date(0),
      'must be text, a Buffer or a KeyObject, got an instance of Date',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'an ArrayBuffer',
      new ArrayBuffer(32),
      'must be text, a Buffer or a KeyObject, got an instance of ArrayBuffer',
      `${FORMS} ${REMEDY}`,
    ],
    [
      'a function',
      () => SECRET,
      'must be one secret, got a function',
      `Set "secret" itself to the function, and let it return all secrets. ${FORMS} ${REMEDY}`,
    ],
    [
      'a list',
      [SECRET, SECRET],
      'must be one secret, got a list',
      'Give several secrets as "secret" itself: [newest, older].',
    ],
    ...[
      ['a promise', Promise.resolve(SECRET)],
      // eslint-disable-next-line unicorn/no-thenable
      ['what is thenable', { then: () => SECRET }],
    ].map(([title, promise]): [string, unknown, string, string] => [
      title as string,
      promise,
      'must be a secret, got a promise',
      'Await it, set "secret" to a function that returns it, or use forRootAsync().',
    ]),
  ])('%s: refused with words of its own', (_title, secret, problem, remedy) => {
    const error = refusal(secret);

    expect([error.problem, error.remedy]).toEqual([problem, remedy]);
    expect(leaksOf([SECRET], `${error.stack} ${inspect(error)}`)).toEqual([]);
  });
});

test('a generated secret is 32 bytes in base64url, and another one each time', () => {
  const secrets = [generateSecret(), generateSecret()];
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(secretBytes(secret, 'secret')).toEqual(Buffer.from(secret));
  }
  expect(new Set(secrets).size).toBe(2);
});

describe('random secrets', () => {
  const COUNT = sized(1_000, 100_000);
  const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

  test.each<[string, () => string | Buffer]>([
    ['32 bytes', () => randomBytes(32)],
    ['hex', () => randomBytes(32).toString('hex')],
    ['base64', () => randomBytes(32).toString('base64')],
    ['base64url', () => randomBytes(32).toString('base64url')],
    ['a uuid', () => randomUUID()],
    ['two uuids', () => randomUUID() + randomUUID()],
    ['64 letters and digits', () => Array.from({ length: 64 }, () => ALPHANUMERIC[randomInt(62)]).join('')],
  ])(
    `none of ${COUNT} is refused: %s`,
    (_title, generate) => {
      const problems: string[] = [];
      for (let i = 0; i < COUNT; i++) {
        try {
          secretBytes(generate(), 'secret');
        } catch (error) {
          problems.push((error as Error).message);
        }
      }

      expect(problems).toEqual([]);
    },
    60_000,
  );

  test('a long one is judged by its beginning, not by the square of its length', () => {
    const secret = randomBytes(262_144);
    const start = cpuTime();

    expect(secretBytes(secret, 'secret').equals(secret)).toBe(true);
    expect(cpuTime() - start).toBeLessThan(1_000);
    expect(refused(Buffer.alloc(262_144))).toBe(PATTERN);
  });
});
