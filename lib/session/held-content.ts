import { closeContent } from './closed-content.js';
import type { SessionContent } from './content.js';
import type { ContentModel } from './content-model.js';
import { ContentText } from './content-text.js';
import { objectsIn } from './reachable-objects.js';
import { ReplacedObject } from './replaced-object.js';
import { createSessionObject, type SessionActions } from './session-object.js';

/** The content of one session as the application holds it: in the session object, and in those that `regenerate()` has replaced. */
export class HeldContent {
  readonly #model: ContentModel;
  readonly #actions: SessionActions;
  readonly #text: ContentText;
  #object: SessionContent;
  #replaced: ReplacedObject[] | undefined;
  /** Objects in the content that were made for it, and not by the application. */
  #made: Set<object> | undefined;

  /** @param actions what the methods of the session object do */
  constructor(model: ContentModel, actions: SessionActions) {
    this.#model = model;
    this.#actions = actions;
    this.#text = new ContentText(model);
    this.#object = createSessionObject(actions);
  }

  get object(): SessionContent {
    return this.#object;
  }

  /** Takes over what was made for this session. @param text the same as text */
  adopt(content: SessionContent, text: string): void {
    for (const key of Object.keys(content)) this.#put(key, content[key]);
    this.#text.expect(text);
  }

  /** Adds what a fresh session holds and this one does not. @returns a fresh session's content as text */
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

  /** Goes on with another object. The one that there was keeps its content. */
  replaceObject(keep: readonly string[]): void {
    const before = this.#object;
    (this.#replaced ??= []).push(new ReplacedObject(before, this.#model));
    this.#object = createSessionObject(this.#actions);
    for (const key of keep) if (Object.hasOwn(before, key)) this.#object[key] = before[key];
  }

  /** Whether something was changed in a replaced object that the session's own does not share. */
  get hasLostChange(): boolean {
    return this.#replaced?.some((replaced) => replaced.hasLostChange(this.#object)) ?? false;
  }

  /** @throws `SessionNotSerializableError` for content that cannot be stored */
  text(): string {
    return this.#text.of(this.#object);
  }

  /** The same for comparison: what cannot be stored is nothing. */
  comparableText(): string {
    return tryTo(() => this.text()) ?? '';
  }

  /** Lets nothing be changed any more. @param text the content as text, if it has one */
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

/** Leaves out what cannot be stored. */
function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    // Whoever stores it is told why it cannot be; here only a difference matters.
    return undefined;
  }
}
