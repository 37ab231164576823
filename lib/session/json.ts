const COLON = /\s*:/y;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;

/**
 * Returns the value of JSON text, like `JSON.parse()`, and with the right names.
 *
 * V8 may read an escaped name as another one, if another text with that name was read before: after
 * `{"a":1,"\\":1}`, the text `{"a":1,"\"":1}` has a property `\`. So the session of one visitor would rename
 * properties of another visitor.
 *
 * @throws SyntaxError if the text is not JSON
 * @see https://github.com/nodejs/node/issues/63785
 */
export function parseJson(text: string): unknown {
  return hasEscapedName(text) ? parseWithoutEscapes(text) : JSON.parse(text);
}

/** Whether a name has an escape, such as in `{"\n":1}`. It may be true of text in a value, too, which does no harm. */
export function hasEscapedName(text: string): boolean {
  let escape = text.indexOf('\\');
  let quote = 0;
  while (escape !== -1) {
    const rest = escape + 2;
    if (quote < rest) quote = text.indexOf('"', rest);
    escape = text.indexOf('\\', rest);
    COLON.lastIndex = quote + 1;
    if ((escape === -1 || quote < escape) && COLON.test(text)) return true;
  }
  return false;
}

/** Lets V8 read the text without its escapes, and puts their characters in afterwards. */
function parseWithoutEscapes(text: string): unknown {
  const mark = characterNotIn(text);
  const marked = text.replace(
    ESCAPE,
    (_escape, code: string | undefined, letter: string) => mark + (code ?? codeOf(letter)),
  );
  const marks = new RegExp(`${mark}(.{4})`, 'g');
  const restore = (part: string): string =>
    part.replace(marks, (_marked, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value === 'string') return restore(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, content]) => [restore(name), content as unknown]),
    );
  });
}

function codeOf(letter: string): string {
  const character = JSON.parse(`"\\${letter}"`) as string;
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

/** Returns a character for private use. There are more of them than a cookie has characters. */
function characterNotIn(text: string): string {
  let code = 0xe000;
  while (text.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}
