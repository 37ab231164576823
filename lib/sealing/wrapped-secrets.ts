/** Something that a file or a tool added around a secret, and how to remove it. */
export interface Wrapping {
  readonly problem: string;
  readonly remedy: string;
}

/** A pattern of such text, and the problem to report for it. */
interface Shape extends Wrapping {
  readonly pattern: RegExp;
}

/** The characters that generators print: hex, base64, base64url, uuids. People also use commas, quotes and spaces. */
const GENERATED = '[\\w+/=.~:-]';
const LONG = `${GENERATED}{32,}`;
const ONLY_LONG = new RegExp(`^${LONG}$`);
const TYPOGRAPHIC = '\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a\uff02\uff07';
const QUOTE = `\\\\?["'\`${TYPOGRAPHIC}]`;
const QUOTES_AT_ENDS = new RegExp(`^${QUOTE}|${QUOTE}$`, 'g');
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
const SEPARATORS = /(?:[\s,;|]|\\[nrt])+/;
const LINE_ENDS = /[\t\n\v\f\r\u0085\u2028\u2029]+/;
/** A private key as text has many lines and ends with a line break. */
const PEM = /-----BEGIN [^]*-----END [A-Z\d ]+-----\n?$/;
const MINIMUM_BYTES = 32;

const SEVERAL: Wrapping = {
  problem: 'must be one secret, got several in one text',
  remedy:
    'Give them as a list: text.trim().split(/[\\s,;]+/), or JSON.parse(text) if it is JSON. ' +
    'If it is one secret on several lines, join the lines.',
};

const UTF_16: Wrapping = {
  problem: 'it is UTF-16 text, which PowerShell writes to files',
  remedy: "Save the file as UTF-8, or read it with the encoding 'utf16le'.",
};

const SHAPES: readonly Shape[] = [
  {
    pattern: anyOf([String.raw`[[{]+\s*["'].*[\]}]`]),
    problem: 'must be the secret alone, got JSON of an object or a list',
    remedy: 'Parse it with JSON.parse(text), and give the property or the element that holds the secret.',
  },
  {
    pattern: anyOf(
      [
        String.raw`[A-Z_][A-Z\d_]{4,}\s*=\s*[^\s=].*`,
        // Any other name, if generated text follows. Equals signs may also be the padding of base64.
        String.raw`[A-Za-z_][\w.-]{0,39}(?:\s*=\s*|:\s+)(?:${QUOTE})?(?!=)${GENERATED}{16,}(?:${QUOTE})?[,;]?`,
      ].map(
        (assignment) => String.raw`(?:(?:export|set|setx|declare -x|ENV|-e|--env)\s+|\$env:)?${assignment}`,
      ),
    ),
    problem: 'it begins with the name of a variable, like a line of a .env file',
    remedy: 'Give only the part after the name, without quotes.',
  },
  {
    pattern: anyOf([
      // Quotes of shells, Python and JSON, and those of word processors.
      String.raw`(?:[bru]|\$)?(\\?["'${'`'}]).*\1`,
      `[${TYPOGRAPHIC}].*[${TYPOGRAPHIC}]`,
      // A quote at one end only, if everything else is generated text.
      `${QUOTE}${GENERATED}+[,;]?`,
      `${GENERATED}+${QUOTE}[,;]?`,
      `${QUOTE}${GENERATED}+${QUOTE}[,;]`,
    ]),
    problem: 'it begins or ends with a quote',
    remedy: 'Remove quotes where you set it: docker --env-file, Kubernetes and files keep them in the value.',
  },
  {
    pattern: anyOf([String.raw`[-|>$#]\s+${LONG}`, String.raw`${LONG}(?:(?:\\[nrt])+|[,;%\\]|\s+#.*)`]),
    problem: 'it begins or ends with syntax of a file or a shell, such as a comma, a comment or "\\n"',
    remedy: 'Give the secret alone.',
  },
];

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'a space',
  '\t': 'a tab',
  '\n': 'a line break',
  '\r': 'a carriage return, half of a Windows line break',
  '\u00a0': 'a no-break space',
  '\ufeff': 'a byte order mark',
};

/** Finds several secrets in one text. Each part must look generated, so that a sentence is not taken for several. */
export function severalSecrets(secret: unknown, bytes: Buffer): Wrapping | undefined {
  const parts = withoutBlanks(textOf(secret, bytes) ?? '')
    .replace(/^[[{(]|[\]})]$/g, '')
    .split(SEPARATORS)
    .map((part) => part.replace(QUOTES_AT_ENDS, ''))
    .filter((part) => part !== '');
  return parts.length > 1 && parts.every((part) => ONLY_LONG.test(part)) ? SEVERAL : undefined;
}

/** Finds what files, shells, Docker or Kubernetes added to a secret. Bytes are searched if they are text. */
export function wrappingOf(secret: unknown, bytes: Buffer): Wrapping | undefined {
  if (isUtf16(bytes)) return UTF_16;
  const text = textOf(secret, bytes);
  if (text === undefined || PEM.test(text)) return undefined;
  if (hasLongLines(text)) return SEVERAL;
  const bare = withoutBlanks(text);
  return SHAPES.find(({ pattern }) => pattern.test(bare)) ?? blanksOf(text, bare);
}

/** Removes invisible characters at both ends of a text. */
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
    problem: `it ${isAtEnd ? 'ends' : 'begins'} with ${NAMES[blank] ?? `the invisible character U+${code}`}`,
    remedy:
      'Remove it where you set or read the secret. ' +
      'text.trim() removes white space; split a file with several lines at /\\r?\\n/.',
  };
}

/**
 * Returns a secret as text, if it was given as text or if its bytes are text. Random bytes are text less often than
 * once in a billion.
 */
function textOf(secret: unknown, bytes: Buffer): string | undefined {
  if (typeof secret === 'string') return secret;
  const text = bytes.toString('utf8');
  return /[^\P{Cc}\t\n\r]/u.test(text) || !Buffer.from(text, 'utf8').equals(bytes) ? undefined : text;
}

function isUtf16(bytes: Buffer): boolean {
  return /^(?:\xff\xfe)?(?:[^\0]\0){16,}$|^(?:\xfe\xff)?(?:\0[^\0]){16,}$/.test(bytes.toString('latin1'));
}

/** Matches if the whole text is one of the alternatives. */
function anyOf(sources: readonly string[]): RegExp {
  return new RegExp(`^(?:${sources.join('|')})$`, 's');
}
