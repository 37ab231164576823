/** What is inside, after what opens it, up to what closes it. */
const CLOSED: Readonly<Record<string, RegExp>> = {
  "'": /^((?:[^'\\]|\\.|'\\'')*)'/s,
  '"': /^((?:[^"\\]|\\.)*)"/s,
  '[': /^([^\]]*)\]/,
};
/** The prompt of Windows escapes a quote by a caret, and one inside by more of them. */
const CLOSED_BY_CARET = /^((?:\^\\\^"|(?!\^").)*)\^"/s;
const LISTED = /['"]/g;
const AROUND = /^\$?(?:'(.*)'|"(.*)"|`(.*)`|[“„](.*)[”“]|[‘‚](.*)[’‘])[,;\\\s]*$/s;

/** The text inside the quotes or brackets that open at a position; `undefined` when none do, or none close. */
export function closedText(text: string, at: number): string | undefined {
  const rest = text.slice(at + 1);
  if (text[at] === '"' && text[at - 1] === '^') {
    return CLOSED_BY_CARET.exec(rest)?.[1]?.replaceAll(/\^(.)/gs, '$1').replaceAll('\\"', '"');
  }
  const inside = CLOSED[text[at] ?? '']?.exec(rest)?.[1];
  return text[at] === '[' ? inside : inside && unescaped(inside);
}

/** The texts in a list, without its brackets. */
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

/** As many tools may have put their quotes around a text that others had quoted. */
const LAYERS = 4;

/** A text without the quotes around it, and without what follows them in a list or a command. */
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

/** Without spaces and tabs around it; other white space is a part of a cookie for servers, too. */
export function trimmed(text: string): string {
  const isBlankAt = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (isBlankAt(start)) start++;
  while (end > start && isBlankAt(end - 1)) end--;
  return text.slice(start, end);
}
