import { type SessionContent, snapshot } from './content.js';

/** A session object that `regenerate()` replaced. It keeps its content, but what is changed in it from now on is not stored. */
export class ReplacedObject {
  readonly #object: SessionContent;
  readonly #before: ReadonlyMap<string, string | undefined>;

  constructor(object: SessionContent) {
    this.#object = object;
    this.#before = snapshots(object);
  }

  /**
   * Whether something was changed in it that the current content does not share. Whoever copies keys over, such as passport's
   * `keepSessionInfo`, has the same nested objects in both.
   */
  hasLostChange(current: SessionContent): boolean {
    const after = snapshots(this.#object);
    const changed = [...new Set([...this.#before.keys(), ...after.keys()])].filter(
      (key) => this.#before.get(key) !== after.get(key),
    );
    if (changed.length === 0) return false;
    const stored = objectsIn(current);
    const isStored = (key: string): boolean =>
      [...objectsIn(this.#object[key])].some((object) => stored.has(object));
    return !changed.every(isStored);
  }
}

function snapshots(content: SessionContent): Map<string, string | undefined> {
  return new Map(Object.entries(content).map(([key, value]) => [key, snapshot(value)]));
}

function objectsIn(value: unknown, found: Set<unknown> = new Set()): Set<unknown> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const nested of Object.values(value)) objectsIn(nested, found);
  return found;
}
