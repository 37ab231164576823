import { inspect } from 'node:util';
import type { SessionEvent } from '../../lib/connect.js';
import { marksIn } from './contents.js';
import type { History } from './history.js';
import { ALL_SECRETS } from './keys.js';

/** Every twelve characters of a secret contain one of these pieces. */
const PIECES = ALL_SECRETS.flatMap((secret) =>
  Array.from({ length: Math.floor((secret.length - 8) / 4) + 1 }, (_, i) => secret.slice(4 * i, 4 * i + 8)),
);

/** Sees everything that leaves the library by another way than responses, and whether it says too much. */
export class Witness {
  readonly #events: SessionEvent[] = [];
  /** What was seen since the last check. */
  #unchecked: { readonly title: string; readonly text: string }[] = [];

  /** Texts that come again and again. */
  readonly #harmless = new Set<string>();

  readonly onEvent = (event: SessionEvent): void => {
    this.#events.push(event);
    const error = 'error' in event ? `\n${event.error.stack}` : '';
    this.see(`the event ${event.type}`, inspect(event, { depth: 6 }) + JSON.stringify(event) + error);
  };

  readonly onLog = (message: unknown): void => this.see('a log line', String(message));

  see(title: string, text: string): void {
    if (this.#harmless.has(text)) return;
    this.#unchecked.push({ title, text });
  }

  /** Runs something. @returns the events that it caused */
  async during(act: () => Promise<void> | void): Promise<readonly SessionEvent[]> {
    const before = this.#events.length;
    await act();
    return this.#events.slice(before);
  }

  get position(): number {
    return this.#events.length;
  }

  since(position: number): readonly SessionEvent[] {
    return this.#events.slice(position);
  }

  /** What was said that must not be said. */
  check(history: History): readonly string[] {
    const unchecked = this.#unchecked;
    this.#unchecked = [];
    for (const { text } of unchecked) this.#harmless.add(text);
    return unchecked.flatMap(({ title, text }) => [
      ...(marksIn(text).length > 0 ? [`${title} holds content: ${text}`] : []),
      ...(PIECES.some((piece) => text.includes(piece)) ? [`${title} holds a secret: ${text}`] : []),
      ...(history.isQuotedIn(text) ? [`${title} holds a cookie: ${text}`] : []),
    ]);
  }
}
