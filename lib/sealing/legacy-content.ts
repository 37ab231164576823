/**
 * Top-level keys that content of client-sessions may have, but content of this package may not, because a session has
 * methods with these names. Reading a legacy cookie adds one underscore to such a key, and writing one removes it:
 * `save` becomes `save_`, and `save_` becomes `save__`. Two keys never become one, and each key comes back unchanged.
 */
const METHODS = ['reset', 'destroy', 'setDuration', 'regenerate', 'save'] as const;

const NAMES = METHODS.join('|');
const LEGACY_KEY = new RegExp(`^"(?:${NAMES})_*"$`);
const OUR_KEY = new RegExp(`^"(?:${NAMES})_+"$`);
/** Quickly finds out that content has no such key, which is true of most content. */
const QUICK_LOOK = new RegExp(`"(?:${NAMES})_*"`);
/** Finds brackets, to count nesting, and strings, to skip brackets inside them. A string before a colon is a key. */
const TOKEN = /[{}[\]]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/g;

/** Renames keys in the JSON text of client-sessions to keys that a session may have. */
export function fromLegacyContent(json: string): string {
  return renameKeys(json, (key) => (LEGACY_KEY.test(key) ? `${key.slice(0, -1)}_"` : key));
}

/** The inverse of {@link fromLegacyContent}. */
export function toLegacyContent(json: string): string {
  return renameKeys(json, (key) => (OUR_KEY.test(key) ? `${key.slice(0, -2)}"` : key));
}

/** Changes only top-level keys of an object. Numbers keep their spelling. */
function renameKeys(json: string, rename: (key: string) => string): string {
  if (!QUICK_LOOK.test(json)) return json;
  let depth = 0;
  return json.replace(TOKEN, (token, text: string | undefined, colon: string | undefined) => {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    return depth === 1 && text !== undefined && colon !== undefined ? rename(text) + colon : token;
  });
}
