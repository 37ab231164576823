import type { SessionContent } from './content.js';
import { objectsIn } from './reachable-objects.js';

/**
 * Makes a session object unchangeable as deep as the language can (not what is inside bytes, maps, sets and dates), and nothing besides: what an
 * application has put in is the application's, so frozen copies take its place.
 *
 * @param own objects in the content that were made for it
 * @param copy makes the content once more
 */
export function closeContent(
  session: SessionContent,
  own: ReadonlySet<object>,
  copy: () => SessionContent | undefined,
): void {
  const foreign = Object.keys(session).filter((key) => !isOwn(session[key], own));
  if (foreign.length > 0) {
    const copies = copy();
    for (const key of foreign) if (copies && Object.hasOwn(copies, key)) session[key] = freeze(copies[key]);
  }
  own.forEach(freezeOne);
  Object.freeze(session);
}

function isOwn(value: unknown, own: ReadonlySet<object>): boolean {
  for (const object of objectsIn(value)) if (!own.has(object)) return false;
  return true;
}

function freeze(value: unknown): unknown {
  objectsIn(value).forEach(freezeOne);
  return value;
}

function freezeOne(value: object): void {
  if (!ArrayBuffer.isView(value)) Object.freeze(value);
}
