/**
 * Top-level keys that content of client-sessions may have and content of ours may not, because a session has methods of these names. Where the
 * two formats meet, they and whatever is spelled like them get one underscore more, or lose it on the way back: `save` is `save_`, `save_` is
 * `save__`. So no two keys become one, and every key comes back as it was.
 */
const METHODS = ['reset', 'destroy', 'setDuration', 'regenerate', 'save'] as const;

const NAMES = METHODS.join('|');
const LEGACY_KEY = new RegExp(`^"(?:${NAMES})_*"$`);
const OUR_KEY = new RegExp(`^"(?:${NAMES})_+"$`);
/** Most content has no such key, which this finds out at once. */
const QUICK_LOOK = new RegExp(`"(?:${NAMES})_*"`);
/** What nesting is counted by: brackets, and texts, so that no bracket inside one counts. A text before a colon is a key. */
const TOKEN = /[{}[\]]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/g;

/** Content of client-sessions, as text, with keys that a session can have. */
export function fromLegacyContent(json: string): string {
  return renameKeys(json, (key) => (LEGACY_KEY.test(key) ? `${key.slice(0, -1)}_"` : key));
}

/** The inverse of {@link fromLegacyContent}. */
export function toLegacyContent(json: string): string {
  return renameKeys(json, (key) => (OUR_KEY.test(key) ? `${key.slice(0, -2)}"` : key));
}

/** Changes nothing but top-level keys: numbers keep their spelling, and text that is no JSON of an object stays what it is. */
function renameKeys(json: string, rename: (key: string) => string): string {
  if (!QUICK_LOOK.test(json) || !json.startsWith('{')) return json;
  let depth = 0;
  return json.replace(TOKEN, (token, text: string | undefined, colon: string | undefined) => {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    return depth === 1 && text !== undefined && colon !== undefined ? rename(text) + colon : token;
  });
}
