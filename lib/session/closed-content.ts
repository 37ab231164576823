import { types } from 'node:util';
import type { SessionContent } from './content.js';
import { partsOf } from './reachable-objects.js';

/**
 * Makes a session object unchangeable as deep as the language can (not what is inside bytes), and nothing besides: what an application has put
 * in, or taken out, is the application's. Frozen copies take the place of the former. Never throws, whatever the content is.
 *
 * @param made objects that were made for the session
 * @param copy makes the content once more, of the session's own, where that is possible
 */
export function closeContent(
  session: SessionContent,
  made: ReadonlySet<object>,
  copy: () => SessionContent | undefined,
): void {
  let copies: SessionContent | undefined;
  for (const key of Object.keys(session)) {
    const property = Object.getOwnPropertyDescriptor(session, key) as TypedPropertyDescriptor<unknown>;
    if (close(property.value, made) || !property.writable) continue;
    copies ??= copy();
    if (!copies || !Object.hasOwn(copies, key)) continue;
    close(copies[key]);
    session[key] = copies[key];
  }
  Object.freeze(session);
}

/**
 * Freezes a value with everything in it that was made for the session. Does not look into anything else.
 *
 * @param made what was made for it. @default everything
 * @returns whether all of it was
 */
function close(value: unknown, made?: ReadonlySet<object>): boolean {
  let isOwn = true;
  const seen = new Set<object>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (made && !made.has(next)) isOwn = false;
    else {
      waiting.push(...partsOf(next));
      freeze(next);
    }
  }
  return isOwn;
}

/** What changes objects whose inside cannot be frozen. */
const CHANGERS: readonly (readonly [is: (value: object) => boolean, methods: readonly string[]])[] = [
  [types.isMap, ['set', 'delete', 'clear']],
  [types.isSet, ['add', 'delete', 'clear']],
  [types.isDate, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
];

function freeze(value: object): void {
  if (ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  const methods = CHANGERS.find(([is]) => is(value))?.[1] ?? [];
  for (const name of methods) Object.defineProperty(value, name, { value: refuseChange });
  Object.freeze(value);
}

function refuseChange(): never {
  throw new TypeError('It belongs to a session that can be changed no more, as the response is over');
}
