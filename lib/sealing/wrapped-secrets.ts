/** What was put around a secret on its way, and how to take it off. */
export interface Wrapping {
  readonly problem: string;
  readonly remedy: string;
}

/** A shape of text in which secrets arrive, and what is said of it. */
interface Shape extends Wrapping {
  readonly pattern: RegExp;
}

/** What generators print: hex, base64, base64url, uuids. Commas, quotes and spaces may be in what people make up. */
const GENERATED = '[\\w+/=.~:-]';
const LONG = `${GENERATED}{32,}`;
const ONLY_LONG = new RegExp(`^${LONG}$`);
const TYPOGRAPHIC = '\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a\uff02\uff07';
const QUOTE = `\\\\?["'\`${TYPOGRAPHIC}]`;
const QUOTES_AT_ENDS = new RegExp(`^${QUOTE}|${QUOTE}$`, 'g');
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
const SEPARATORS = /(?:[\s,;|]|\\[nrt])+/;
const LINE_ENDS = /[\t\n\v\f\r\u0085\u2028\u2029]+/;
/** A private key as text has many lines, and an end to the last one. */
const PEM = /-----BEGIN [^]*-----END [A-Z\d ]+-----\n?$/;
const MINIMUM_BYTES = 32;

const SEVERAL: Wrapping = {
  problem: 'it is several secrets in one text',
  remedy:
    'Give them as a list: text.trim().split(/[\\s,;]+/), or JSON.parse(text) where it is JSON. If it is one secret that was broken into lines, join them.',
};

const UTF_16: Wrapping = {
  problem: 'it is text in UTF-16, as PowerShell writes it to files',
  remedy: "Save the file as UTF-8, or read it with the encoding 'utf16le'.",
};

const SHAPES: readonly Shape[] = [
  {
    pattern: anyOf([String.raw`[[{]+\s*["'].*[\]}]`]),
    problem: 'it is the JSON of an object or a list',
    remedy: 'Give the secret that is in it: JSON.parse(text), and then the property or the element.',
  },
  {
    pattern: anyOf(
      [
        String.raw`[A-Z_][A-Z\d_]{4,}\s*=\s*[^\s=].*`,
        // Any other name, if generators print what follows; base64 has its own signs of equality at the end.
        String.raw`[A-Za-z_][\w.-]{0,39}(?:\s*=\s*|:\s+)(?:${QUOTE})?(?!=)${GENERATED}{16,}(?:${QUOTE})?[,;]?`,
      ].map(
        (assignment) => String.raw`(?:(?:export|set|setx|declare -x|ENV|-e|--env)\s+|\$env:)?${assignment}`,
      ),
    ),
    problem: 'the name of a variable stands in front of it, as in a line of a .env file',
    remedy: 'Give only what stands behind the name, without quotes.',
  },
  {
    pattern: anyOf([
      // As shells, Python and JSON write it, and as word processors do.
      String.raw`(?:[bru]|\$)?(\\?["'${'`'}]).*\1`,
      `[${TYPOGRAPHIC}].*[${TYPOGRAPHIC}]`,
      // At one end, if it is none of the secret's own characters.
      `${QUOTE}${GENERATED}+[,;]?`,
      `${GENERATED}+${QUOTE}[,;]?`,
      `${QUOTE}${GENERATED}+${QUOTE}[,;]`,
    ]),
    problem: 'it has quotes at its ends',
    remedy: 'Take them off where it is set: docker --env-file, Kubernetes and files keep them in the value.',
  },
  {
    pattern: anyOf([String.raw`[-|>$#]\s+${LONG}`, String.raw`${LONG}(?:(?:\\[nrt])+|[,;%\\]|\s+#.*)`]),
    problem: 'something of a file or a shell stands beside it, such as a comma, a comment or "\\n"',
    remedy: 'Give the secret alone.',
  },
];

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'a space',
  '\t': 'a tab',
  '\n': 'a line end',
  '\r': 'a carriage return, the half of a Windows line end',
  '\u00a0': 'a no-break space',
  '\ufeff': 'a byte order mark',
};

/** Several secrets of full length in one text, if generators printed them: each is none of the words that are said of weak ones. */
export function severalSecrets(secret: unknown, bytes: Buffer): Wrapping | undefined {
  const parts = withoutBlanks(textOf(secret, bytes) ?? '')
    .replace(/^[[{(]|[\]})]$/g, '')
    .split(SEPARATORS)
    .map((part) => part.replace(QUOTES_AT_ENDS, ''))
    .filter((part) => part !== '');
  return parts.length > 1 && parts.every((part) => ONLY_LONG.test(part)) ? SEVERAL : undefined;
}

/** What files, shells, Docker and Kubernetes put around a secret, if anything. Bytes are looked at where they are text. */
export function wrappingOf(secret: unknown, bytes: Buffer): Wrapping | undefined {
  if (isUtf16(bytes)) return UTF_16;
  const text = textOf(secret, bytes);
  if (text === undefined || PEM.test(text)) return undefined;
  if (hasLongLines(text)) return SEVERAL;
  const bare = withoutBlanks(text);
  return SHAPES.find(({ pattern }) => pattern.test(bare)) ?? blanksOf(text, bare);
}

/** A text without what cannot be seen at its ends. */
export function withoutBlanks(text: string): string {
  const characters = [...text];
  const isVisible = (character: string): boolean => VISIBLE.test(character);
  return characters.slice(characters.findIndex(isVisible), characters.findLastIndex(isVisible) + 1).join('');
}

function hasLongLines(text: string): boolean {
  return text.split(LINE_ENDS).filter((line) => Buffer.byteLength(line.trim()) >= MINIMUM_BYTES).length > 1;
}

function blanksOf(text: string, bare: string): Wrapping | undefined {
  if (text === bare) return undefined;
  const isAtEnd = !text.endsWith(bare);
  const blank = (isAtEnd ? [...text].at(-1) : [...text][0])!;
  const code = blank.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return {
    problem: `it ${isAtEnd ? 'ends' : 'begins'} with ${NAMES[blank] ?? `the character U+${code}, which cannot be seen`}`,
    remedy:
      'Take it off where the secret is set or read, as text.trim() does with white space, and split a file at /\\r?\\n/.',
  };
}

/** A secret as text: what was given as such, and bytes that are nothing else, as random ones are not once in a billion. */
function textOf(secret: unknown, bytes: Buffer): string | undefined {
  if (typeof secret === 'string') return secret;
  const text = bytes.toString('utf8');
  return /[^\P{Cc}\t\n\r]/u.test(text) || !Buffer.from(text, 'utf8').equals(bytes) ? undefined : text;
}

function isUtf16(bytes: Buffer): boolean {
  return /^(?:\xff\xfe)?(?:[^\0]\0){16,}$|^(?:\xfe\xff)?(?:\0[^\0]){16,}$/.test(bytes.toString('latin1'));
}

/** The whole text is one of these. */
function anyOf(sources: readonly string[]): RegExp {
  return new RegExp(`^(?:${sources.join('|')})$`, 's');
}
