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
  #before: ReadonlyMap<string, string>;

  constructor(object: SessionContent, model: ContentModel) {
    this.object = object;
    this.#model = model;
    this.#before = this.#texts();
  }

  /**
   * Whether the object holds a change that the current content does not share. Code that copies keys, such as
   * passport's `keepSessionInfo`, puts the same nested objects into both.
   */
  hasLostChange(current: SessionContent): boolean {
    const after = this.#texts();
    const changed = [...new Set([...this.#before.keys(), ...after.keys()])].filter(
      (key) => this.#before.get(key) !== after.get(key),
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
