import type { SessionContent } from './content.js';
import type { ContentModel } from './content-model.js';
import { isSameData } from './same-data.js';

/**
 * The text of a session's content, which tells whether something was changed. It is made anew only where the content is not the data any more
 * that the last text stands for: a request asks several times, and mostly nothing has changed.
 */
export class ContentText {
  readonly #model: ContentModel;
  #text = '';
  /** What the last text says, which nobody else has. */
  #original: SessionContent | undefined;

  constructor(model: ContentModel) {
    this.#model = model;
  }

  /** @param text that the content has, unless it is changed */
  expect(text: string): void {
    this.#text = text;
    this.#original = undefined;
  }

  /** @throws `SessionNotSerializableError` for content that cannot be stored */
  of(content: SessionContent): string {
    if (this.#isKnown(content)) return this.#text;
    this.expect(this.#model.write(content));
    return this.#text;
  }

  #isKnown(content: SessionContent): boolean {
    try {
      this.#original ??= this.#model.parse(this.#text);
    } catch {
      // A codec of somebody else's need not read what it writes. Then every text is made.
      return false;
    }
    return isSameData(content, this.#original);
  }
}
