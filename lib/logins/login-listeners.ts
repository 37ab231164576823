import type { Login } from '../sealing/login.js';

/** Those who want to know when a login ends, such as the gateway that holds its open WebSocket. */
export class LoginListeners {
  /** By id and by generation. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** How many ids and generations somebody waits for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Calls the listener once, when either mark of the login has ended. Returns a function that takes it back. */
  add(login: Login, listener: () => void): () => void {
    const keys = [login.id, login.generation].map(keyOf);
    const remove = (): void => {
      for (const key of keys) {
        const waiting = this.#waiting.get(key);
        if (waiting?.delete(end) && waiting.size === 0) this.#waiting.delete(key);
      }
    };
    const end = (): void => {
      remove();
      listener();
    };
    for (const key of keys) {
      const waiting = this.#waiting.get(key);
      if (waiting) waiting.add(end);
      else this.#waiting.set(key, new Set([end]));
    }
    return remove;
  }

  /** Calls those who wait for this id or generation. */
  ended(mark: Buffer): void {
    if (this.#waiting.size === 0) return;
    const key = keyOf(mark);
    const waiting = this.#waiting.get(key) ?? [];
    // A listener may add another one for the same mark. That one is not called here.
    this.#waiting.delete(key);
    for (const end of waiting) end();
  }
}

function keyOf(mark: Buffer): string {
  return mark.toString('latin1');
}
