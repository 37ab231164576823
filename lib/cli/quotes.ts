/** Matches the text between an opening quote or bracket and the closing one. */
const CLOSED: Readonly<Record<string, RegExp>> = {
  "'": /^((?:[^'\\]|\\.|'\\'')*)'/s,
  '"': /^((?:[^"\\]|\\.)*)"/s,
  '[': /^([^\]]*)\]/,
};
/** The Windows command prompt escapes a quote with a caret, and a quote inside the text with several carets. */
const CLOSED_BY_CARET = /^((?:\^\\\^"|(?!\^").)*)\^"/s;
const LISTED = /['"]/g;
const AROUND = /^\$?(?:'(.*)'|"(.*)"|`(.*)`|[“„](.*)[”“]|[‘‚](.*)[’‘])[,;\\\s]*$/s;

/** Returns the text in the quotes or brackets that open at a position, or `undefined` if they do not open or close. */
export function closedText(text: string, at: number): string | undefined {
  const rest = text.slice(at + 1);
  if (text[at] === '"' && text[at - 1] === '^') {
    return CLOSED_BY_CARET.exec(rest)?.[1]?.replaceAll(/\^(.)/gs, '$1').replaceAll('\\"', '"');
  }
  const inside = CLOSED[text[at] ?? '']?.exec(rest)?.[1];
  return text[at] === '[' ? inside : inside && unescaped(inside);
}

/** Returns the texts in a list that has no brackets. */
export function listedTexts(list: string): string[] {
  const texts: string[] = [];
  LISTED.lastIndex = 0;
  for (let quote = LISTED.exec(list); quote; quote = LISTED.exec(list)) {
    const [whole, inside] = CLOSED[quote[0]]!.exec(list.slice(LISTED.lastIndex)) ?? [];
    if (whole === undefined || inside === undefined) break;
    texts.push(unescaped(inside));
    LISTED.lastIndex += whole.length;
  }
  return texts;
}

/** Maximum number of tools that may have added quotes, one around the other. */
const LAYERS = 4;

/** Removes the quotes around a text, and commas, semicolons or backslashes after them. */
export function unquoted(text: string): string {
  let inside = text;
  for (let layer = 0; layer < LAYERS; layer++) {
    const [, ...quoted] = AROUND.exec(inside) ?? [];
    const next = quoted.find((part) => part !== undefined);
    if (next === undefined) break;
    inside = trimmed(next);
  }
  return inside;
}

function unescaped(text: string): string {
  return text
    .replaceAll("'\\''", "'")
    .replaceAll(/\\u([\da-f]{4})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replaceAll(/\\(.)/gs, '$1');
}

/** Removes spaces and tabs at both ends. For servers, too, other white space is part of a cookie. */
export function trimmed(text: string): string {
  const isBlankAt = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (isBlankAt(start)) start++;
  while (end > start && isBlankAt(end - 1)) end--;
  return text.slice(start, end);
}
