import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import type { KeyWeight } from '../errors/session-too-large.error.js';
import { type ReservedName, RESERVED_NAMES } from './reserved-names.js';

/** What an application keeps in a session: plain data. */
export type SessionContent = Record<string, unknown>;

/**
 * What the type of a session's content has to be like: an object without the names of a session's methods. Functions that are generic over
 * sessions repeat it.
 *
 * @example function touch<T extends ContentShape<T>>(session: Session<T>): void { … }
 */
export type ContentShape<T> = object & { [K in keyof T]: K extends ReservedName ? never : T[K] };

/**
 * The content as JSON, refusing whatever would come back as something else.
 *
 * @param session name of the session, for the message
 * @throws {@link SessionNotSerializableError} naming the path of the first value that JSON cannot carry unchanged
 */
export function stringifyContent(content: object, session: string): string {
  if (Object.prototype.toString.call(content) !== '[object Object]') {
    throw new SessionNotSerializableError(
      session,
      'its content',
      'no plain object',
      'Store an object with named properties.',
    );
  }
  for (const key of Object.keys(content)) {
    if (RESERVED_NAMES.has(key)) {
      throw new SessionNotSerializableError(
        session,
        key,
        'named like a method of the session',
        'Use another name.',
      );
    }
  }
  assertPlainData(content, { session, ancestors: [], path: [] }, true);
  return JSON.stringify(content);
}

/** The content of JSON text, or `undefined` when it is no object or hides a method of the session object. */
export function parseContent(json: string): SessionContent | undefined {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    // Not JSON: the same answer as for any other text that holds no content.
    return undefined;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  return Object.keys(content).some((key) => RESERVED_NAMES.has(key))
    ? undefined
    : (content as SessionContent);
}

/** The top-level keys by their size as JSON, heaviest first. */
export function weighKeys(json: string): KeyWeight[] {
  const weights = Object.entries(JSON.parse(json) as SessionContent).map(([key, value]) => ({
    key,
    bytes: Buffer.byteLength(JSON.stringify(key)) + 1 + Buffer.byteLength(JSON.stringify(value)),
  }));
  return weights.sort((a, b) => b.bytes - a.bytes);
}

interface Walk {
  readonly session: string;
  readonly ancestors: object[];
  readonly path: (string | number)[];
}

function assertPlainData(value: unknown, walk: Walk, isRoot = false): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      return refuse(walk, String(value), 'Store null or a finite number.');
    case 'undefined':
      return refuse(walk, 'undefined, which JSON turns into null', 'Store null, or leave the element out.');
    case 'object':
      if (value === null) return;
      return assertPlainObject(value, walk, isRoot);
    default:
      return refuse(
        walk,
        `a ${typeof value}`,
        'Store text, numbers, booleans, null, arrays and plain objects of them.',
      );
  }
}

function assertPlainObject(value: object, walk: Walk, isRoot: boolean): void {
  if (walk.ancestors.includes(value))
    return refuse(walk, 'a reference back to what contains it', 'Store an id instead.');
  walk.ancestors.push(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) descend(value[i], i, walk);
    if (Object.keys(value).length !== value.length) {
      refuse(walk, 'an array with properties of its own', 'Store a plain object instead.');
    }
  } else {
    if (!isRoot) assertPlainPrototype(value, walk);
    for (const key of Object.keys(value)) {
      const property = (value as SessionContent)[key];
      // An undefined property reads the same before and after: absent.
      if (property !== undefined) descend(property, key, walk);
    }
  }
  walk.ancestors.pop();
}

function descend(value: unknown, key: string | number, walk: Walk): void {
  if (typeof value === 'string' || typeof value === 'boolean') return;
  walk.path.push(key);
  assertPlainData(value, walk);
  walk.path.pop();
}

function assertPlainPrototype(value: object, walk: Walk): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The root of a chain is Object.prototype, whichever realm (a vm, a worker's clone) it comes from.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) {
    if (typeof (value as SessionContent)['toJSON'] !== 'function') return;
    return refuse(walk, 'an object with a toJSON method', 'Store what that method returns.');
  }
  const name = (value.constructor as { name?: string } | undefined)?.name ?? 'class';
  const remedy =
    value instanceof Date
      ? 'Store its time as a number or its ISO text.'
      : 'Store a plain object, array or text made of it.';
  return refuse(walk, `an instance of ${name}, which would not come back as one`, remedy);
}

function refuse({ session, path }: Walk, problem: string, remedy: string): never {
  throw new SessionNotSerializableError(session, path.reduce<string>(joinPath, ''), problem, remedy);
}

function joinPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
}
