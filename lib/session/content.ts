import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { parseJson } from './json.js';
import { type ReservedName, RESERVED_NAMES } from './reserved-names.js';
import { COOKIE_BYTES } from './size-limit.js';
import { type BuiltIn, isBuiltIn, stringifyStructured } from './structured-data.js';

/** What an application keeps in a session: plain data. */
export type SessionContent = Record<string, unknown>;

/**
 * The constraint on the type of a session's content: an object without the names of a session's methods.
 * Functions that are generic over sessions must repeat it.
 *
 * @example function touch<T extends ContentShape<T>>(session: Session<T>): void { … }
 */
export type ContentShape<T> = object & { [K in keyof T]: K extends ReservedName ? never : T[K] };

/**
 * Returns the content as JSON, and refuses every value that would be different when read back.
 *
 * @param session name of the session, for the message
 * @param isStructured whether dates, maps, sets and similar objects are allowed, too
 * @throws {@link SessionNotSerializableError} with the path of the first value that cannot be stored
 * unchanged
 * @throws {@link SessionTooLargeError} for more values than any cookie holds
 */
export function stringifyContent(content: object, session: string, isStructured = false): string {
  if (isEvidentlyPlain(content)) return JSON.stringify(content);
  if (!hasNamedProperties(content)) {
    throw new SessionNotSerializableError(
      session,
      'its content',
      'not a plain object',
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
  const walk: Walk = {
    session,
    isStructured,
    ancestors: new Set(),
    path: [],
    valuesLeft: MAXIMUM_VALUES,
    hasNegativeZero: false,
  };
  assertPlainData(content, walk, true);
  if (isStructured) return stringifyStructured(content);
  return walk.hasNegativeZero ? stringifyWithNegativeZeros(content) : JSON.stringify(content);
}

/** JSON can represent -0, and parsers read it. Only `JSON.stringify` writes 0 instead. */
function stringifyWithNegativeZeros(content: object): string {
  const text = JSON.stringify(content);
  let mark: string;
  do mark = `-0 ${Math.random()}`;
  while (text.includes(mark));
  const marked = JSON.stringify(content, (_key, value: unknown) => (Object.is(value, -0) ? mark : value));
  return marked.replaceAll(`"${mark}"`, '-0');
}

/**
 * More values than any cookie holds, even in chunks, because each takes at least two bytes. Objects that hold
 * each other many times could otherwise be walked through without an end.
 */
const MAXIMUM_VALUES = 10_000;

/** How deep the quick check goes. A cycle always goes deeper. */
const QUICK_DEPTH = 16;
/**
 * How many objects the running quick check may still visit. An object that is held several times is visited
 * several times.
 */
let quickObjectsLeft = 0;

/**
 * A quick check that accepts the usual content. If it says no, a thorough check finds out whether something
 * is wrong, and where.
 */
function isEvidentlyPlain(content: object): boolean {
  if (!hasNamedProperties(content) || 'toJSON' in content || hasSymbols(content)) return false;
  quickObjectsLeft = MAXIMUM_VALUES;
  for (const key of Object.keys(content)) {
    if (RESERVED_NAMES.has(key) || !isEvidentlyPlainProperty(content[key], QUICK_DEPTH)) return false;
  }
  return true;
}

function isEvidentlyPlainProperty(value: unknown, depth: number): boolean {
  // JSON leaves the property out, and reading it gives undefined before and after.
  return value === undefined || isEvidentlyPlainValue(value, depth);
}

function isEvidentlyPlainValue(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth === 0 || --quickObjectsLeft < 0 || 'toJSON' in value) return false;
  return Array.isArray(value)
    ? isEvidentlyPlainArray(value, depth)
    : isEvidentlyPlainObject(value as SessionContent, depth);
}

function isEvidentlyPlainArray(value: readonly unknown[], depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || hasSymbols(value)) return false;
  if (Object.keys(value).length !== value.length) return false;
  return value.every((each) => isEvidentlyPlainValue(each, depth - 1));
}

function isEvidentlyPlainObject(value: SessionContent, depth: number): boolean {
  // The arguments of a function have a symbol, too.
  if (Object.getPrototypeOf(value) !== Object.prototype || hasSymbols(value)) return false;
  // This is faster than Object.keys(). It also visits keys that were added to Object.prototype, which does no
  // harm.
  for (const key in value) {
    // A key that begins like a tag needs the thorough check: see structured-data.ts.
    if (key[0] === '$' || !isEvidentlyPlainProperty(value[key], depth - 1)) return false;
  }
  return true;
}

/** Whether an object has symbols as names, which JSON leaves out. */
export function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

function hasEnumerableSymbols(value: object): boolean {
  const isEnumerable = (key: symbol): boolean => Object.prototype.propertyIsEnumerable.call(value, key);
  return Object.getOwnPropertySymbols(value).some(isEnumerable);
}

/** Whether a value holds its data in named properties, unlike an array, a Map, a Date or a promise. */
export function hasNamedProperties(value: unknown): value is SessionContent {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * Returns the properties of a value that is to become the content of a session.
 *
 * @param session name of the session, for the message
 * @throws TypeError if the value is not an object, or has a key that hides a method of the session object
 */
export function entriesOf(content: unknown, session: string): [string, unknown][] {
  if (!hasNamedProperties(content)) {
    throw new TypeError(
      `Only an object can be assigned to the session "${session}"; to remove it, call destroy()`,
    );
  }
  const entries = Object.entries(content);
  const reserved = entries.find(([key]) => RESERVED_NAMES.has(key));
  if (!reserved) return entries;
  throw new TypeError(`"${reserved[0]}" is reserved on a session and cannot be a key of its content`);
}

/**
 * Returns the content of a text, or `undefined` if that is not an object or has a key that hides a method of
 * the session object.
 */
export function parseContent(
  text: string,
  parse: (text: string) => unknown = parseJson,
): SessionContent | undefined {
  const content = parseText(text, parse)?.value;
  return isContent(content) ? content : undefined;
}

/** Returns the value of a text, or `undefined` if the codec cannot parse it. */
export function parseText(
  text: string,
  parse: (text: string) => unknown,
): { readonly value: unknown } | undefined {
  try {
    return { value: parse(text) };
  } catch {
    // The codec cannot parse it. The answer is the same as for any other text without content.
    return undefined;
  }
}

/**
 * Whether a value can be the content of a session: an object without a key that hides a method of the session
 * object.
 */
export function isContent(value: unknown): value is SessionContent {
  return hasNamedProperties(value) && reservedKeyOf(value) === undefined;
}

/** The first key that hides a method of the session object. */
export function reservedKeyOf(content: object): string | undefined {
  for (const key of Object.keys(content)) if (RESERVED_NAMES.has(key)) return key;
  return undefined;
}

/** Node 20 has no raw JSON. */
const { isRawJSON: isRawJson } = JSON as { readonly isRawJSON?: (value: unknown) => boolean };

/** Deeper than any useful content of a cookie, and far below the limit of the stack. */
const MAXIMUM_DEPTH = 1000;

interface Walk {
  readonly session: string;
  readonly isStructured: boolean;
  /** The objects on the path, in its order. Their number is the depth. */
  readonly ancestors: Set<object>;
  readonly path: (string | number)[];
  /** How many values the walk may still visit. */
  valuesLeft: number;
  hasNegativeZero: boolean;
}

function assertPlainData(value: unknown, walk: Walk, isRoot = false): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (walk.isStructured) return;
      if (Object.is(value, -0)) walk.hasNegativeZero = true;
      if (Number.isFinite(value)) return;
      return refuse(walk, String(value), 'Store null or a finite number.');
    case 'undefined':
      if (walk.isStructured) return;
      return refuse(walk, 'undefined, which JSON turns into null', 'Store null, or leave the element out.');
    case 'bigint':
      if (walk.isStructured) return;
      return refuse(walk, 'a bigint', 'Store its digits as text.');
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
  if (walk.ancestors.has(value))
    return refuse(walk, 'a reference to an object that contains it', 'Store an id instead.');
  if (walk.ancestors.size === MAXIMUM_DEPTH) {
    const top = { ...walk, path: walk.path.slice(0, 1) };
    return refuse(
      top,
      `nested more than ${MAXIMUM_DEPTH} levels deep`,
      'Keep it on the server, or flatten it.',
    );
  }
  walk.ancestors.add(value);
  if (walk.isStructured && isBuiltIn(value)) assertBuiltIn(value, walk);
  else assertProperties(value, walk, isRoot);
  walk.ancestors.delete(value);
}

function assertProperties(value: object, walk: Walk, isRoot: boolean): void {
  if (!isRoot) assertPlainPrototype(value, walk);
  if (Object.prototype.toString.call(value) === '[object Arguments]')
    return refuse(walk, 'the arguments of a function', 'Store an array of them.');
  if (hasEnumerableSymbols(value))
    return refuse(walk, 'an object with a symbol as key, which JSON leaves out', 'Use text as key.');
  if (typeof (value as SessionContent)['toJSON'] === 'function')
    return refuse(walk, 'an object with a toJSON method', 'Store what that method returns.');
  if (isRawJson?.(value))
    return refuse(
      walk,
      'raw JSON, whose number would be rounded when it is read',
      'Store its digits as text.',
    );
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) descend(value[i], i, walk);
    if (Object.keys(value).length !== value.length) {
      refuse(walk, 'an array with additional properties', 'Store a plain object instead.');
    }
  } else {
    for (const key of Object.keys(value)) {
      const property = (value as SessionContent)[key];
      // JSON leaves an undefined property out, and reading it gives undefined before and after.
      if (property !== undefined) descend(property, key, walk);
    }
  }
}

function descend(value: unknown, key: string | number, walk: Walk): void {
  walk.path.push(key);
  if (--walk.valuesLeft < 0) throw tooManyValues(walk);
  assertPlainData(value, walk);
  walk.path.pop();
}

function tooManyValues({ session, path }: Walk): SessionTooLargeError {
  const bytes = 2 * MAXIMUM_VALUES;
  return new SessionTooLargeError(session, bytes, COOKIE_BYTES, [{ key: String(path[0]), bytes }]);
}

function assertBuiltIn(value: BuiltIn, walk: Walk): void {
  // Fake clocks give their dates a property that is not enumerable.
  const hasMore = (): boolean => Object.keys(value).length > 0 || hasEnumerableSymbols(value);
  if (!ArrayBuffer.isView(value) && hasMore())
    refuse(walk, `a ${value.constructor.name} with additional properties`, 'Store them beside it.');
  if (value instanceof Date && Number.isNaN(value.getTime())) refuse(walk, 'an invalid date', 'Store null.');
  if (value instanceof Map || value instanceof Set) {
    const parts = value instanceof Map ? [...value].flat() : [...value];
    parts.forEach((part, i) => descend(part, i, walk));
  }
}

function assertPlainPrototype(value: object, walk: Walk): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const base: unknown = Array.isArray(value) && prototype ? Object.getPrototypeOf(prototype) : prototype;
  // The root of a prototype chain is Object.prototype, also in another realm (a vm, a worker's clone).
  if (base === null || Object.getPrototypeOf(base) === null) return;
  const name = (value.constructor as { name?: string } | undefined)?.name ?? 'class';
  const remedy =
    value instanceof Date
      ? 'Store its time as a number or its ISO text.'
      : 'Store a plain object, array or text made of it.';
  return refuse(walk, `an instance of ${name}, which would lose its class`, remedy);
}

function refuse({ session, path }: Walk, problem: string, remedy: string): never {
  throw new SessionNotSerializableError(session, joinPath(path) || 'its content', problem, remedy);
}

/** Returns a path in the notation of code: `items[0].price`. */
export function joinPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(append, '');
}

function append(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
}
