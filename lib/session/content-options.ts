import { InvalidOptionsError } from '../errors/invalid-options.error.js';
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

/** Content without a version has this version. */
export const FIRST_VERSION = 1;
const LAST_VERSION = 0xffff;

/** @throws {@link InvalidOptionsError} */
export function assertContentOptions(options: ContentOptions): void {
  assertOptions(options);
  assertSteps(options.version ?? FIRST_VERSION, options.migrate ?? {});
}

function assertOptions({ schema, version, onInvalid, onNewer, codec }: ContentOptions): void {
  const refuse = (option: string, problem: string, remedy: string): never => {
    throw new InvalidOptionsError(option, problem, remedy);
  };
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    refuse(
      'schema',
      'must be a Standard Schema',
      'Give a schema of zod, valibot, arktype or another library of standardschema.dev.',
    );
  }
  if (
    version !== undefined &&
    !(Number.isInteger(version) && version >= FIRST_VERSION && version <= LAST_VERSION)
  ) {
    refuse(
      'version',
      'must be a version number',
      `Give an integer from ${FIRST_VERSION} to ${LAST_VERSION}.`,
    );
  }
  if (
    onInvalid !== undefined &&
    !['reset', 'keep'].includes(onInvalid as string) &&
    typeof onInvalid !== 'function'
  ) {
    refuse('onInvalid', 'must be a known policy', "Use 'reset', 'keep' or a function.");
  }
  if (onNewer !== undefined && !['reset', 'keep'].includes(onNewer)) {
    refuse('onNewer', 'must be a known policy', "Use 'reset' or 'keep'.");
  }
  if (codec === undefined || codec === 'json' || codec === 'structured') return;
  if (typeof codec?.stringify !== 'function' || typeof codec.parse !== 'function') {
    refuse(
      'codec',
      'must be a known codec',
      "Use 'json', 'structured' or an object with the functions stringify and parse.",
    );
  }
}

/** Checks that content of each older version finds all steps up to the current version. */
function assertSteps(version: number, migrate: Readonly<Record<number, MigrationStep>>): void {
  const from = Object.keys(migrate).map(Number);
  const foreign = Object.keys(migrate).find(
    (key) => !(Number.isInteger(+key) && +key >= FIRST_VERSION && +key < version),
  );
  if (foreign !== undefined) {
    throw new InvalidOptionsError(
      `migrate.${foreign}`,
      `must be a step from a version below ${version}`,
      'Number each step by the version it starts from, and increase "version" with each new step.',
    );
  }
  const oldest = Math.min(version - 1, ...from);
  for (let step = oldest; step >= FIRST_VERSION && step < version; step++) {
    if (typeof migrate[step] === 'function') continue;
    throw new InvalidOptionsError(
      `migrate.${step}`,
      `the step from version ${step} to ${step + 1} is missing`,
      'Add a function that returns the content of the next version; write (old) => old if nothing changed.',
    );
  }
}
