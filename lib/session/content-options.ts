import type { ContentIssue } from '../errors/session-invalid.error.js';
import type { CodecOption } from './content-codec.js';
import type { StandardSchema } from './standard-schema.js';

/** Brings content from one version to the next. */
export type MigrationStep = {
  // A method's parameter may be narrower than declared, so that each step can name the type it starts from.
  step(old: object): object;
}['step'];

/**
 * What to do with a cookie whose content is refused; see {@link ContentOptions.onInvalid}. A function gets
 * the issues and the stored content. The content is parsed, even if a key is named like a method. If the
 * codec cannot parse it, the function gets the text.
 */
export type InvalidContentPolicy =
  'reset' | 'keep' | ((issues: readonly ContentIssue[], raw: unknown) => object);

/** What a session holds, how it is checked, and how it changes over time. */
export interface ContentOptions {
  /**
   * Any synchronous Standard Schema (zod, valibot, arktype, …). Content is validated when it is opened, and
   * again before it is sealed. The application gets the output of the schema, with all transforms and
   * defaults, so the schema must accept its own output.
   * @default none: any content
   */
  schema?: StandardSchema | undefined;
  /** Top-level keys that are added if a session lacks them, or a function that returns them. @default none */
  defaults?: object | (() => object) | undefined;
  /**
   * Version of the content's shape, from 1 to 65535. It is sealed with the content. Increase it whenever
   * older content needs a step of `migrate`.
   * @default 1
   */
  version?: number | undefined;
  /** Steps from each older version to the next: `{ 1: (old) => …, 2: (old) => … }` leads to version 3. */
  migrate?: Readonly<Record<number, MigrationStep>> | undefined;
  /**
   * What to do if the schema, a migration or `codec` refuses the content of a cookie. `'reset'`: the visitor
   * gets a fresh session, which replaces the cookie as soon as it is stored. `'keep'`: the visitor gets a
   * fresh session that is not saved, and the cookie stays until `reset()` or `destroy()`. A function makes
   * new content from the stored content, which it gets parsed, or as text if the codec cannot parse it. If
   * the schema refuses the new content, `'reset'` applies. In each case an event reports the reason.
   * @default 'reset'
   */
  onInvalid?: InvalidContentPolicy | undefined;
  /**
   * What to do with a cookie of a newer version, after a deployment was rolled back: `'keep'` or `'reset'`,
   * as for `onInvalid`.
   * @default 'keep'
   */
  onNewer?: 'keep' | 'reset' | undefined;
  /**
   * How content becomes text. `'json'` refuses values that JSON cannot represent. `'structured'` also stores
   * Date, Map, Set, BigInt, Uint8Array, Buffer, NaN, infinities, and undefined in arrays. An object with
   * `stringify` and `parse` is a custom codec, such as superjson or devalue.
   * @default 'structured' with a schema, else 'json'
   */
  codec?: CodecOption | undefined;
}
