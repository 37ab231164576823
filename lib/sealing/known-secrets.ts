import { readingsOf } from './secret-readings.js';

/** A kind of text that is not a secret, and the problem to report for it. */
interface Kind {
  readonly pattern: RegExp;
  readonly problem: string;
}

const PLACEHOLDER = 'it is a placeholder from documentation or a template';
const PUBLIC_KEY = 'must be secret, got a public key or a certificate';

/** These look random, but they are published in documentation, examples and defaults, and people copy them. */
const PUBLISHED: readonly string[] = [
  // hapi, jose, h3
  '!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6',
  'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2',
  '80d42cfb-1cd2-462c-8f17-e3237d9027e9',
  // FastAPI
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  // Flask, with its escape sequences as text and as the bytes they stand for, and Flask-Security
  '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
  '_5#y2L"F4Q8z\\n\\xec]/',
  '_5#y2L"F4Q8z\n\xec]/',
  '\\xfd{H\\xe5<\\x95\\xf9\\xe3\\x96.5\\xd1\\x01O<!\\xd5\\xa2\\xa0\\x9fR"\\xa1\\xa8',
  '\xfd{H\xe5<\x95\xf9\xe3\x96.5\xd1\x01O<!\xd5\xa2\xa0\x9fR"\xa1\xa8',
  'A0Zr98j/3yX R~XHH!jmN]LWX/,?RT',
  'pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw',
  // Django, in MDN's tutorial
  'cg#p$g+j9tax!#a3cup@1$8obt2_+&k3q+pmu)5%asj6yjpkag',
  // Rails: the guide to security, and its tests
  '3b7cd727ee24e8444053437c36cc66c3',
  '3b7cd727ee24e8444053437c36cc66c4',
  'b3c631c314c0bbca50c1b2843150fe33',
  // Laravel: packages for tests
  'AckfSECXIvnK5r28GVIWUAxmbBSjTsmF',
  'Hupx3yAySikrM2/edkZQNQHslgDWYfiBfCuSThJ5SK8=',
  // Spring Security and JJWT: tutorials
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
  '5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437',
  '586E3272357538782F413F4428472B4B6250655368566B597033733676397924',
  '357638792F423F4428472B4B6250655368566D597133743677397A2443264629',
  '3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b',
  'Yn2kjibddFAWtnPJ2AFlL8WXmohJMCvigQggaEypa5E=',
  // NextAuth: examples
  'LlKq6ZtYbr+hTC073mAmAh9/h2HwMfsFo4hrfCx5mLg=',
  // Tornado: its examples differ in the digits at the front
  'oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=',
  // Fernet's specification, and images of Airflow
  'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
  '46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=',
  'a25mQ1FHTUh3MnFRSk5KMEIyVVU2YmN0VGRyYTVXY08=',
  // Hasura, Supabase, Directus, Redash, Dify: examples and defaults
  '3EK6FD+o0+c7tzBNVfjpMkNDi2yARAAKzQlk8O2IKoxQu4nF7EdAh8s3TwpHwrdWT6R',
  'UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15BLrx8etQoXz3gZv1/u2oq',
  '255d861b-5ea1-5996-9aa3-922530ec40b1',
  '6116487b-cda1-52c2-b5b5-c8022c45e263',
  'c292a0a3aa32397cdb050e233733900f',
  'sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U',
  // Examples of uuids, in Wikipedia and everywhere
  '123e4567-e89b-12d3-a456-426614174000',
  '550e8400-e29b-41d4-a716-446655440000',
  // RFC 7515, RFC 7520, NIST SP 800-38A
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
  '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
];

/**
 * Phrases of placeholders. A space matches any number of characters that are not letters or digits, also none. Every
 * phrase has at least eight letters or digits, so that random text does not contain it by chance.
 */
const PHRASES: readonly string[] = [
  'change (?:me|it|this|before|in prod|for prod)',
  '(?:please|must|must be|should|should be|to be) change',
  'replace (?:me|it|this|with|in prod)',
  'to be (?:generated|defined|modified|replaced)',
  'your (?:(?:own|super|very|long|strong|random|unique|app|auth|jwt|api|256 bit|384 bit|512 bit) )*' +
    '(?:secret|session|password|token|cookie|random|secure)',
  'insert (?:secret|here|your|some|a (?:secret|random|long|strong))',
  '(?:secret|password) (?:goes )?here',
  '(?:generate|create|choose) (?:a|your) (?:long |strong |secure |unique |complex |new )*' +
    '(?:random|secret|password|string|key)',
  'randomly generated',
  'placeholder',
  'at least (?:\\d|thirty|sixteen|sixty)',
  'minimum (?:of|length|\\d)',
  'be 32 char',
  '(?:32|64) characters',
  '(?:do not|never) (?:use|share|commit|deploy)',
  'don t (?:use|commit|deploy) (?:this|me|in|it)',
  'not (?:meant |intended )?(?:for|in) prod',
  '(?:only|just) (?:for|in) (?:dev|test|local)',
  '(?:development|testing|example|in dev|for dev|in tests?|for tests?) only',
  'insecure',
  'not (?:so |very |really |a |at all )*(?:secure|secret)',
  'keep (?:it|this|me) (?:very |really )*(?:secret|safe|private)',
  // client-sessions, express-session, @fastify/secure-session, iron-session, better-auth, printers
  'blargadee',
  'keyboard cat',
  'averylogphrase',
  'complex password',
  'better auth secret',
  'lorem ipsum',
  '^ correct (?:(?:horse|battery|staple|correct|\\d) )+ $',
  '(?:(?:dead|beef|cafe|babe|feed|face|fade|f00d|baad|c0de) ){4}',
];

const KINDS: readonly Kind[] = [
  {
    pattern: anyOf(
      PHRASES.map((phrase) => phrase.replaceAll(' ', '[\\W_]*')),
      'i',
    ),
    problem: PLACEHOLDER,
  },
  {
    pattern: anyOf(
      [
        String.raw`\[object \w+\]`,
        'undefined',
        String.raw`^\s*(?:async\s+)?(?:function\b|class\s|\([\w\s,]*\)\s*=>)`,
      ],
      'i',
    ),
    problem: 'it is another value that was turned into text: an object, a function, a class or undefined',
  },
  {
    pattern: anyOf([
      // ${NAME}, ${NAME:-default}, ${{ name }}, #{name}
      String.raw`[$#]\{+\s*(?:[A-Z_]{4,}|[a-z_]{3,})[\w\s.:?-]*\}`,
      // $A_NAME, $env:A_NAME
      String.raw`\$(?:env:)?(?:[A-Z]{3,}_[A-Z]{3,}|[a-z]{3,}_[a-z]{3,})`,
      // $(command argument)
      String.raw`\$\([a-z]+ [^()]+\)`,
      // {{ name }}, <%= name %>, %NAME%, %env(NAME)%, __NAME__
      String.raw`\{\{[\w\s.:'|-]+\}\}`,
      String.raw`<%[\w\s.=:'[\]|-]+%>`,
      String.raw`%(?:[A-Z_]{6,}|[a-z_]{6,}|env\(\w+\))%`,
      String.raw`__[A-Z_]{6,}__`,
      // <some words> and <SOME_NAME> anywhere; as the whole text also any <text> or [text] without special characters
      String.raw`<(?:[a-z]{3,}(?:[\s_-][a-z]+)+|[A-Z]{3,}(?:[\s_-][A-Z]+)+)>`,
      String.raw`^\s*(?:<[\w\s'.:,-]+>|\[[\w\s'.:,-]+\])\s*$`,
    ]),
    problem: 'it is a template that was not filled in',
  },
  {
    pattern: anyOf(
      [
        String.raw`openssl\s+rand`,
        String.raw`/dev/u?random`,
        String.raw`random_?bytes\(`,
        String.raw`token_(?:hex|urlsafe)\(`,
        String.raw`client-sessions\s+keygen`,
      ],
      'i',
    ),
    problem: 'it is the command that generates a secret, not the secret that the command prints',
  },
  {
    pattern: anyOf([
      String.raw`process\.env|import\.meta\.env|os\.environ|getenv\(`,
      String.raw`^\s*/(?:run|var|etc|home|root|mnt|opt|usr|srv|tmp|app|secrets)/`,
      String.raw`^\s*(?:~|\.\.?)/[\w./-]+\s*$`,
      String.raw`^\s*[A-Za-z]:\\[\w .-]+\\`,
      String.raw`^\s*(?:[a-z][a-z\d+.-]+://|arn:|vault:)[\w:./-]{8,}`,
    ]),
    problem: 'must be the secret itself, got its location or code that reads it',
  },
  {
    pattern:
      /-{4,5} ?BEGIN [A-Z\d ]*(?:PUBLIC KEY|CERTIFICATE)|ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp/i,
    problem: PUBLIC_KEY,
  },
  {
    // DER in which the identifier of RSA, of elliptic curves, or of Ed25519 and its relatives comes first.
    pattern: anyOf(
      [
        String.raw`\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01`,
        String.raw`\x06\x07\x2a\x86\x48\xce\x3d\x02\x01`,
        String.raw`\x06\x03\x2b\x65[\x6e-\x71]\x03`,
      ].map((identifier) => String.raw`^0[^]{1,4}0[^]${identifier}`),
    ),
    problem: PUBLIC_KEY,
  },
];

/** In lower case. Text that is not ASCII is included twice: as latin1 bytes and as UTF-8 bytes. */
const PUBLISHED_READINGS: readonly string[] = [
  ...new Set(
    PUBLISHED.flatMap((text) => [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf8')])
      .flatMap(readingsOf)
      .map((reading) => reading.toLowerCase()),
  ),
];

/** Says what is wrong with a reading of a secret that others may know, or returns `undefined`. */
export function knownProblem(reading: string): string | undefined {
  const lower = reading.toLowerCase();
  if (PUBLISHED_READINGS.some((published) => lower.includes(published))) return PLACEHOLDER;
  return KINDS.find(({ pattern }) => pattern.test(reading))?.problem;
}

function anyOf(sources: readonly string[], flags?: string): RegExp {
  return new RegExp(sources.join('|'), flags);
}
