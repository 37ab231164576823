import type { SessionContent } from './content.js';
import type { ContentModel } from './content-model.js';
import { objectsIn } from './reachable-objects.js';

/**
 * A session object that `regenerate()` replaced. It keeps its content, but later changes of it are not
 * stored.
 */
export class ReplacedObject {
  readonly object: SessionContent;
  readonly #model: ContentModel;
  /** The values that the session goes on with, by their keys. What changes inside of them is a change of both. */
  readonly #kept: ReadonlyMap<string, unknown>;
  #before: ReadonlyMap<string, string>;

  /** @param keep the keys that the session keeps */
  constructor(object: SessionContent, model: ContentModel, keep: readonly string[]) {
    this.object = object;
    this.#model = model;
    this.#kept = new Map(keep.map((key) => [key, object[key]]));
    this.#before = this.#texts();
  }

  /**
   * Whether the object holds a change that the current content does not share. Code that copies keys, such as
   * passport's `keepSessionInfo`, puts the same nested objects into both.
   */
  hasLostChange(current: SessionContent): boolean {
    const after = this.#texts();
    const changed = [...new Set([...this.#before.keys(), ...after.keys()])].filter(
      (key) => this.#before.get(key) !== after.get(key) && !this.#isKept(key),
    );
    if (changed.length === 0) return false;
    const stored = objectsIn(current);
    const isStored = (key: string): boolean =>
      [...objectsIn(this.object[key])].some((object) => stored.has(object));
    return !changed.every(isStored);
  }

  /** The session begins anew, so that it has no use for the changes until now. */
  giveUpChanges(): void {
    this.#before = this.#texts();
  }

  #isKept(key: string): boolean {
    return this.#kept.has(key) && this.#kept.get(key) === this.object[key];
  }

  /** Each key's value as comparable text. */
  #texts(): Map<string, string> {
    return new Map(Object.entries(this.object).map(([key, value]) => [key, this.#text(key, value)]));
  }

  #text(key: string, value: unknown): string {
    try {
      return this.#model.write({ [key]: value });
    } catch {
      // The value may be one that cannot be stored. Here only a difference matters.
      return '';
    }
  }
}
