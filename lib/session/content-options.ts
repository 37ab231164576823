import type { ContentIssue } from '../errors/session-invalid.error.js';
import type { CodecOption } from './content-codec.js';
import type { StandardSchema } from './standard-schema.js';

/** Brings content from one version to the next. */
export type MigrationStep = {
  // A method's parameter may be narrower than declared, so that each step can name the type it starts from.
  step(old: object): object;
}['step'];

/**
 * What to do with a cookie whose content is refused; see {@link ContentOptions.onInvalid}. A function gets what was objected to, and what was
 * stored: parsed, whatever it is, also where a key is named like a method; text that does not parse stays text.
 */
export type InvalidContentPolicy =
  'reset' | 'keep' | ((issues: readonly ContentIssue[], raw: unknown) => object);

/** What a session holds, how it is checked, and how it changes over time. */
export interface ContentOptions {
  /**
   * Any Standard Schema (zod, valibot, arktype, …), synchronous. Content is validated when it is opened, and again before it is sealed. What the
   * schema transforms or defaults is what the application gets, so it must accept what it returns.
   * @default none: any content
   */
  schema?: StandardSchema | undefined;
  /** Top-level keys for what a session does not hold yet, or a function that makes them. @default none */
  defaults?: object | (() => object) | undefined;
  /**
   * Version of the content's shape, 1 to 65535, sealed with it. Increase it whenever older content needs a step of `migrate`.
   * @default 1
   */
  version?: number | undefined;
  /** Steps from each older version to the next: `{ 1: (old) => …, 2: (old) => … }` leads to version 3. */
  migrate?: Readonly<Record<number, MigrationStep>> | undefined;
  /**
   * What to do when the schema, a migration or `codec` refuses what a cookie holds. `'reset'`: a fresh session, which takes the cookie's place as soon as it is stored.
   * `'keep'`: a fresh session that is not saved, the cookie stays as it is until `reset()` or `destroy()`. A function makes other content
   * of what was stored, which it gets parsed, whatever it is, or as text where that is no text of the codec; the schema must accept what it
   * returns, else `'reset'`. Either way the reason is an event.
   * @default 'reset'
   */
  onInvalid?: InvalidContentPolicy | undefined;
  /**
   * What to do with a cookie of a newer version, after a deployment was rolled back: `'keep'` or `'reset'`, as for `onInvalid`.
   * @default 'keep'
   */
  onNewer?: 'keep' | 'reset' | undefined;
  /**
   * How content becomes text. `'json'` refuses what JSON cannot carry; `'structured'` also carries Date, Map, Set, BigInt, Uint8Array, Buffer,
   * NaN, infinities and undefined in arrays; or a pair of functions, such as those of superjson or devalue.
   * @default 'structured' with a schema, else 'json'
   */
  codec?: CodecOption | undefined;
}
