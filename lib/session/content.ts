import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { type ReservedName, RESERVED_NAMES } from './reserved-names.js';
import { COOKIE_BYTES } from './size-limit.js';
import { type BuiltIn, isBuiltIn, stringifyStructured } from './structured-data.js';

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
 * @param isStructured whether dates, maps, sets and their kind are carried, too
 * @throws {@link SessionNotSerializableError} naming the path of the first value that cannot be carried unchanged
 * @throws {@link SessionTooLargeError} for more values than any cookie holds
 */
export function stringifyContent(content: object, session: string, isStructured = false): string {
  if (isEvidentlyPlain(content)) return JSON.stringify(content);
  if (!hasNamedProperties(content)) {
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

/** JSON has a -0, and its readers know it; only `JSON.stringify` writes 0 instead. */
function stringifyWithNegativeZeros(content: object): string {
  const text = JSON.stringify(content);
  let mark: string;
  do mark = `-0 ${Math.random()}`;
  while (text.includes(mark));
  const marked = JSON.stringify(content, (_key, value: unknown) => (Object.is(value, -0) ? mark : value));
  return marked.replaceAll(`"${mark}"`, '-0');
}

/** More than any cookie holds, chunks included: a value takes two bytes at least. Objects that hold each other could be endless. */
const MAXIMUM_VALUES = 10_000;

/** How deep the quick look goes. A cycle is deeper. */
const QUICK_DEPTH = 16;
/** How many objects the quick look that is under way may still meet: those that several hold are met several times. */
let quickObjectsLeft = 0;

/** A quick look at the usual content. Where it says no, a closer one finds out whether anything is wrong, and where. */
function isEvidentlyPlain(content: object): boolean {
  if (!hasNamedProperties(content) || 'toJSON' in content || hasSymbols(content)) return false;
  quickObjectsLeft = MAXIMUM_VALUES;
  for (const key of Object.keys(content)) {
    if (RESERVED_NAMES.has(key) || !isEvidentlyPlainProperty(content[key], QUICK_DEPTH)) return false;
  }
  return true;
}

function isEvidentlyPlainProperty(value: unknown, depth: number): boolean {
  // Reads the same before and after: absent.
  return value === undefined || isEvidentlyPlainValue(value, depth);
}

/** @param isAlike it stands in a list behind others of its kind */
function isEvidentlyPlainValue(value: unknown, depth: number, isAlike = false): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth === 0 || --quickObjectsLeft < 0 || 'toJSON' in value) return false;
  return Array.isArray(value)
    ? isEvidentlyPlainArray(value, depth)
    : isEvidentlyPlainObject(value as SessionContent, depth, isAlike);
}

function isEvidentlyPlainArray(value: readonly unknown[], depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || Object.keys(value).length !== value.length)
    return false;
  for (let i = 0; i < value.length; i++) if (!isEvidentlyPlainValue(value[i], depth - 1, i > 0)) return false;
  return true;
}

function isEvidentlyPlainObject(value: SessionContent, depth: number, isAlike: boolean): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype || 'callee' in value) return false;
  // To ask for symbols costs more than all the rest, and the objects of a list have the same keys: the first stands for them.
  if (!isAlike && hasSymbols(value)) return false;
  // Faster than Object.keys(); what Object.prototype might have grown is looked at, too, which does no harm.
  for (const key in value) {
    // A key that begins like a tag needs a closer look: see structured-data.ts.
    if (key[0] === '$' || !isEvidentlyPlainProperty(value[key], depth - 1)) return false;
  }
  return true;
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

/** Whether a value keeps what it holds in properties, unlike an array, a Map, a Date or a promise. */
export function hasNamedProperties(value: unknown): value is SessionContent {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * The properties of what shall become the content of a session.
 *
 * @param session name of the session, for the message
 * @throws TypeError when it is no object, or hides a method of the session object
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

/** The content of text, or `undefined` when it is no object or hides a method of the session object. */
export function parseContent(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): SessionContent | undefined {
  const content = parseText(text, parse)?.value;
  return isContent(content) ? content : undefined;
}

/** Whatever text holds, or `undefined` when it is no text of the codec. */
export function parseText(
  text: string,
  parse: (text: string) => unknown,
): { readonly value: unknown } | undefined {
  try {
    return { value: parse(text) };
  } catch {
    // No text of this codec: the same answer as for any other text that holds no content.
    return undefined;
  }
}

/** Whether a value can be the content of a session: an object that hides no method of the session object. */
export function isContent(value: unknown): value is SessionContent {
  return hasNamedProperties(value) && reservedKeyOf(value) === undefined;
}

/** The first key that hides a method of the session object. */
export function reservedKeyOf(content: object): string | undefined {
  for (const key of Object.keys(content)) if (RESERVED_NAMES.has(key)) return key;
  return undefined;
}

/** Deeper than any content that fits into a cookie is of use, and far from where the stack ends. */
const MAXIMUM_DEPTH = 1000;

interface Walk {
  readonly session: string;
  readonly isStructured: boolean;
  /** In the order of the path, so that its size is the depth. */
  readonly ancestors: Set<object>;
  readonly path: (string | number)[];
  /** How many values it may still meet. */
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
    return refuse(walk, 'a reference back to what contains it', 'Store an id instead.');
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
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  if (symbol)
    return refuse(walk, 'an object with a symbol as key, which JSON leaves out', 'Use text as key.');
  if (typeof (value as SessionContent)['toJSON'] === 'function')
    return refuse(walk, 'an object with a toJSON method', 'Store what that method returns.');
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) descend(value[i], i, walk);
    if (Object.keys(value).length !== value.length) {
      refuse(walk, 'an array with properties of its own', 'Store a plain object instead.');
    }
  } else {
    for (const key of Object.keys(value)) {
      const property = (value as SessionContent)[key];
      // An undefined property reads the same before and after: absent.
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
  if (value instanceof Date && Number.isNaN(value.getTime())) refuse(walk, 'an invalid date', 'Store null.');
  if (value instanceof Map || value instanceof Set) {
    const parts = value instanceof Map ? [...value].flat() : [...value];
    parts.forEach((part, i) => descend(part, i, walk));
  }
}

function assertPlainPrototype(value: object, walk: Walk): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const base: unknown = Array.isArray(value) && prototype ? Object.getPrototypeOf(prototype) : prototype;
  // The root of a chain is Object.prototype, whichever realm (a vm, a worker's clone) it comes from.
  if (base === null || Object.getPrototypeOf(base) === null) return;
  const name = (value.constructor as { name?: string } | undefined)?.name ?? 'class';
  const remedy =
    value instanceof Date
      ? 'Store its time as a number or its ISO text.'
      : 'Store a plain object, array or text made of it.';
  return refuse(walk, `an instance of ${name}, which would not come back as one`, remedy);
}

function refuse({ session, path }: Walk, problem: string, remedy: string): never {
  throw new SessionNotSerializableError(session, joinPath(path) || 'its content', problem, remedy);
}

/** A path as one would write it in code: `items[0].price`. */
export function joinPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(append, '');
}

function append(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
}
