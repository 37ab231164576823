import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type ContentIssue, SessionInvalidError } from '../errors/session-invalid.error.js';
import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import {
  hasNamedProperties,
  isContent,
  joinPath,
  parseContent,
  parseText,
  reservedKeyOf,
  type SessionContent,
} from './content.js';
import { codecOf } from './content-codec.js';
import { assertDefaults, resolveDefaults } from './content-defaults.js';
import {
  assertContentOptions,
  type ContentOptions,
  FIRST_VERSION,
  type InvalidContentPolicy,
  type MigrationStep,
} from './content-options.js';
import { isSameData } from './same-data.js';
import type { RefusalReason } from './session-event.js';
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';

/** Content that belongs to one visitor. No other code holds any part of it. */
export interface OwnContent {
  readonly content: SessionContent;
  /** The content as text. Changes are detected by comparing texts. */
  readonly text: string;
}

/** The result of reading the text of a cookie. */
export type ContentReading =
  | (OwnContent & {
      readonly ok: true;
      /** Whether it had an older version, or was recovered from refused content. */
      readonly isChanged: boolean;
    })
  | ContentRefusal;

/** Why content cannot be used, and whether its cookie stays. */
export interface ContentRefusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly isKept: boolean;
  readonly version: number;
  readonly issues: readonly ContentIssue[];
}

/**
 * Reads, checks, migrates and writes the content of one session.
 *
 * Schemas, defaults, migrations and policies may return the same object every time. Therefore the application
 * never gets their objects, but a copy that is read back from text.
 */
export class ContentModel {
  /** The version to seal. `undefined` for the first version, which is not sealed. */
  readonly version: number | undefined;
  readonly #session: string;
  readonly #current: number;
  readonly #schema: StandardSchema | undefined;
  readonly #defaults: () => object;
  readonly #hasDefaults: boolean;
  /** The text of every fresh session, if it is known at start. */
  readonly #freshText: string | undefined;
  /** Whether content of today's version needs neither a schema nor defaults. */
  readonly #isPlain: boolean;
  readonly #steps: Readonly<Record<number, MigrationStep>>;
  readonly #onInvalid: InvalidContentPolicy;
  readonly #keepsNewer: boolean;
  readonly #hasCustomCodec: boolean;
  readonly #stringify: (content: object) => string;
  readonly #parse: (text: string) => unknown;

  /**
   * @param session name of the session, for messages
   * @throws {@link InvalidOptionsError} for options that cannot work, such as a schema that refuses a fresh
   * session
   */
  constructor(session: string, options: ContentOptions) {
    const {
      schema,
      defaults,
      version = FIRST_VERSION,
      migrate = {},
      onInvalid = 'reset',
      onNewer = 'keep',
    } = options;
    assertContentOptions(options);
    this.version = version === FIRST_VERSION ? undefined : version;
    this.#session = session;
    this.#current = version;
    this.#schema = schema;
    this.#isPlain = schema === undefined && defaults === undefined;
    this.#hasDefaults = defaults !== undefined;
    this.#defaults = resolveDefaults(options);
    this.#steps = migrate;
    this.#onInvalid = onInvalid;
    this.#keepsNewer = onNewer === 'keep';
    const codec = options.codec ?? (schema ? 'structured' : 'json');
    const { stringify, parse } = codecOf(codec, session);
    this.#hasCustomCodec = typeof codec === 'object';
    this.#stringify = stringify;
    this.#parse = parse;
    this.#assertFreshIsValid();
    if (schema) return;
    if (typeof defaults === 'function') this.#tryDefaults();
    else this.#freshText = this.#textOf(this.#defaults());
  }

  /**
   * Returns the content of a fresh session.
   *
   * @throws `SessionNotSerializableError` for defaults that cannot be stored
   */
  fresh(): OwnContent {
    const known = this.#freshText;
    if (known !== undefined) return { content: this.#isPlain ? {} : this.parse(known), text: known };
    const defaults = this.#defaults();
    const text = this.write((this.#schema && this.#validate(defaults).value) ?? defaults);
    return { content: this.parse(text), text };
  }

  /**
   * Returns content as text.
   *
   * @throws `SessionNotSerializableError` for values that would be different when read back
   */
  write(content: object): string {
    return this.#stringify(content);
  }

  /**
   * Returns the content of a text from `write`.
   *
   * @throws `SessionNotSerializableError` if a custom codec cannot read what it wrote
   */
  parse(text: string): SessionContent {
    const content = parseContent(text, this.#parse);
    if (content) return content;
    throw new SessionNotSerializableError(
      this.#session,
      'its content',
      'written by its codec in a form that the codec cannot read',
      'Make "parse" of the codec the inverse of "stringify".',
    );
  }

  /** Whether content has the text that `original` was read from. Custom codecs may tell one object from two. */
  isSame(content: object, original: object): boolean {
    return isSameData(content, original, this.#hasCustomCodec);
  }

  /** @throws {@link SessionInvalidError} if the schema refuses the content of the text */
  assertValid(text: string): void {
    if (!this.#schema) return;
    const { issues } = this.#validate(this.parse(text));
    if (issues) throw new SessionInvalidError(this.#session, issues);
  }

  /**
   * Reads the content of a text, migrates it and checks it. Never throws, whatever a schema or a migration
   * does.
   */
  read(text: string, sealedVersion: number | undefined): ContentReading {
    const version = sealedVersion ?? FIRST_VERSION;
    if (version > this.#current) return refusal('newer-version', version, this.#keepsNewer);
    const parsed = parseText(text, this.#parse);
    if (!parsed)
      return this.#refuse('content', version, [{ path: '', message: 'must be text of this codec' }], text);
    const raw = parsed.value;
    if (!isContent(raw)) return this.#refuse('content', version, [objectionTo(raw)], raw);

    if (this.#isPlain && version === this.#current) return { ok: true, content: raw, text, isChanged: false };

    const migrated = this.#migrate(raw, version);
    if (migrated.issues) return this.#refuse('migration', version, migrated.issues, raw);
    const complete = this.#hasDefaults ? { ...this.#defaults(), ...migrated.value } : migrated.value;
    const isChanged = version < this.#current;
    const checked = this.#schema ? this.#validate(complete) : { value: complete };
    if (checked.issues) return this.#refuse('schema', version, checked.issues, complete);
    // Usually the content equals the text. Then the text is used again, and its content is parsed anew, so
    // that no other code holds it.
    const own = isChanged ? undefined : parseContent(text, this.#parse);
    if (own && this.isSame(checked.value, own)) return { ok: true, content: own, text, isChanged };
    return this.#accept(checked.value, isChanged, version);
  }

  #accept(content: object, isChanged: boolean, version: number): ContentReading {
    try {
      const text = this.write(content);
      return { ok: true, content: this.parse(text), text, isChanged };
    } catch {
      // A schema, a migration or a policy made values that cannot be stored. The next visit would lose them.
      return refusal('content', version, false, [
        { path: '', message: 'must be storable in the form in which it was opened' },
      ]);
    }
  }

  #migrate(content: object, from: number): Outcome {
    let value = content;
    for (let version = from; version < this.#current; version++) {
      const step = this.#steps[version];
      if (!step) return { issues: [{ path: '', message: `there is no migration from version ${version}` }] };
      try {
        value = step(value);
      } catch {
        // Its error may quote the content.
        return { issues: [{ path: '', message: `the migration from version ${version} threw` }] };
      }
    }
    return outcomeOf(value);
  }

  #refuse(
    reason: RefusalReason,
    version: number,
    issues: readonly ContentIssue[],
    raw: unknown,
  ): ContentReading {
    if (typeof this.#onInvalid !== 'function')
      return refusal(reason, version, this.#onInvalid === 'keep', issues);
    try {
      const recovered = this.#onInvalid(issues, raw);
      const result = this.#schema ? this.#validate(recovered) : outcomeOf(recovered);
      if (!result.issues) return this.#accept(result.value, true, version);
    } catch {
      // The policy has failed, too, so the content is refused as without a policy.
    }
    return refusal(reason, version, false, issues);
  }

  /** Validates a value with the schema. If the schema throws, that counts as an issue. */
  #validate(value: object): Outcome {
    let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>;
    try {
      result = this.#schema!['~standard'].validate(value);
    } catch {
      // Its error may quote the content.
      return { issues: [{ path: '', message: 'the schema threw' }] };
    }
    if (result instanceof Promise) {
      result.catch(() => undefined);
      return { issues: [{ path: '', message: ASYNCHRONOUS }] };
    }
    return result.issues ? { issues: result.issues.map(describe) } : outcomeOf(result.value);
  }

  #tryDefaults(): void {
    let defaults: object;
    try {
      defaults = this.#defaults();
    } catch {
      // It may need a request, and fails there if it cannot work at all.
      return;
    }
    this.#textOf(defaults);
  }

  #textOf(defaults: object): string {
    assertDefaults(defaults);
    try {
      return this.write(defaults);
    } catch (error) {
      if (!(error instanceof SessionNotSerializableError)) throw error;
      throw new InvalidOptionsError(
        'defaults',
        `must make a fresh session that can be stored, but ${error.path} is ${error.problem}`,
        error.remedy,
      );
    }
  }

  #assertFreshIsValid(): void {
    if (!this.#schema) return;
    const defaults = this.#defaults();
    assertDefaults(defaults);
    const first = this.#validate(defaults);
    const second = first.issues ? first : this.#validate({ ...first.value });
    if (!second.issues) return;
    const [issue] = second.issues;
    if (issue?.message === ASYNCHRONOUS) {
      throw new InvalidOptionsError(
        'schema',
        'must be synchronous, because reading a property opens a session, and sending the response head seals it',
        'Use a synchronous schema here, and put asynchronous checks into a guard or a pipe.',
      );
    }
    throw new InvalidOptionsError(
      'schema',
      'must accept a fresh session, but refuses it ' +
        `(${issue?.path || 'content'}: ${issue?.message ?? 'no reason given'})`,
      'Make the field optional, give it a default in the schema, or add "defaults"; ' +
        'a schema that transforms must also accept its own output.',
    );
  }
}

/** A valid value, or the issues of an invalid one. */
type Outcome =
  | { readonly value: object; readonly issues?: undefined }
  | { readonly value?: undefined; readonly issues: readonly ContentIssue[] };

/** Some libraries also return a promise if a schema throws. */
const ASYNCHRONOUS = 'the schema is asynchronous, or threw';

function outcomeOf(value: unknown): Outcome {
  return isContent(value) ? { value } : { issues: [objectionTo(value)] };
}

/** Why a value cannot be content. */
function objectionTo(value: unknown): ContentIssue {
  const reserved = hasNamedProperties(value) ? reservedKeyOf(value) : undefined;
  return reserved === undefined
    ? { path: '', message: 'must be an object with named properties' }
    : { path: reserved, message: 'must not be named like a method of the session' };
}

function describe({ path = [], message }: SchemaIssue): ContentIssue {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return { path: joinPath(keys.map((key) => (typeof key === 'number' ? key : String(key)))), message };
}

function refusal(
  reason: RefusalReason,
  version: number,
  isKept: boolean,
  issues: readonly ContentIssue[] = [],
): ContentRefusal {
  return { ok: false, reason, isKept, version, issues };
}
