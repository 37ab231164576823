import { closeContent } from './closed-content.js';
import type { SessionContent } from './content.js';
import type { ContentModel } from './content-model.js';
import { ContentText } from './content-text.js';
import { objectsIn } from './reachable-objects.js';
import { ReplacedObject } from './replaced-object.js';
import { createSessionObject, type SessionActions } from './session-object.js';

/**
 * The content of one session in the hands of the application: in the session object, and in objects that
 * `regenerate()` has replaced.
 */
export class HeldContent {
  readonly #model: ContentModel;
  readonly #actions: SessionActions;
  readonly #text: ContentText;
  #object: SessionContent;
  #replaced: ReplacedObject[] | undefined;
  /** Objects in the content that were made for the session, and not by the application. */
  #made: Set<object> | undefined;

  /** @param actions carries out the methods of the session object */
  constructor(model: ContentModel, actions: SessionActions) {
    this.#model = model;
    this.#actions = actions;
    this.#text = new ContentText(model);
    this.#object = createSessionObject(actions);
  }

  get object(): SessionContent {
    return this.#object;
  }

  /** Takes over content that was made for this session. @param text the content as text */
  adopt(content: SessionContent, text: string): void {
    for (const key of Object.keys(content)) this.#put(key, content[key]);
    this.#text.expect(text);
  }

  /**
   * Adds the keys of a fresh session that this session lacks.
   *
   * @returns the content of a fresh session as text
   */
  fill(): string {
    const { content, text } = this.#model.fresh();
    for (const key of Object.keys(content))
      if (!Object.hasOwn(this.#object, key)) this.#put(key, content[key]);
    this.#text.expect(text);
    return text;
  }

  empty(keep: readonly string[] = []): void {
    for (const key of Object.keys(this.#object)) if (!keep.includes(key)) delete this.#object[key];
  }

  /** Continues with a new object. The old object keeps its content. */
  replaceObject(keep: readonly string[]): void {
    const before = this.#object;
    (this.#replaced ??= []).push(new ReplacedObject(before, this.#model, keep));
    this.#object = createSessionObject(this.#actions);
    for (const key of keep) if (Object.hasOwn(before, key)) this.#object[key] = before[key];
  }

  /** The session begins anew: what was changed of replaced objects until now is as little wanted as the rest. */
  giveUpChanges(): void {
    for (const replaced of this.#replaced ?? []) replaced.giveUpChanges();
  }

  /** Whether a replaced object holds a change that the session's current object does not share. */
  get hasLostChange(): boolean {
    return this.#replaced?.some((replaced) => replaced.hasLostChange(this.#object)) ?? false;
  }

  /** @throws `SessionNotSerializableError` for content that cannot be stored */
  text(): string {
    return this.#text.of(this.#object);
  }

  /** Returns the text for a comparison. It is empty if the content cannot be stored. */
  comparableText(): string {
    return tryTo(() => this.text()) ?? '';
  }

  /** Makes the content unchangeable. @param text the content as text, if it has one */
  close(text: string): void {
    const made = this.#made ?? new Set<object>();
    closeContent(this.#object, made, () => tryTo(() => this.#model.parse(text)));
    for (const { object } of this.#replaced ?? []) closeContent(object, made, () => undefined);
  }

  #put(key: string, value: unknown): void {
    this.#object[key] = value;
    if (typeof value !== 'object' || value === null) return;
    this.#made ??= new Set();
    for (const object of objectsIn(value)) this.#made.add(object);
  }
}

/** Returns `undefined` for content that cannot be stored. */
function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    // Code that stores the content gets the reason. Here only a difference matters.
    return undefined;
  }
}
