import { types } from 'node:util';
import type { SessionContent } from './content.js';
import { partsOf } from './reachable-objects.js';

/**
 * Makes a session object and its content unchangeable, except for the inside of bytes. Objects that the
 * application has put in or taken out belong to the application, so they are not frozen. Frozen copies
 * replace those that it has put in. Never throws, whatever the content is.
 *
 * @param made objects that were made for the session
 * @param copy makes a copy of the content that belongs to the session, if that is possible
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
 * Freezes a value and everything in it that was made for the session. It does not look into other objects.
 *
 * @param made the objects that were made for the session. @default all objects
 * @returns whether all of the value was made for the session
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

/** The methods that change objects whose inside cannot be frozen. */
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
  throw new TypeError(
    'This object belongs to a session that cannot be changed any more, because the response is over',
  );
}
