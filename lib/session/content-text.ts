import type { SessionContent } from './content.js';
import type { ContentModel } from './content-model.js';

/**
 * The text of a session's content, which shows whether something was changed. A request needs it several
 * times, and usually nothing has changed. Therefore a new text is made only if the content differs from the
 * last text.
 */
export class ContentText {
  readonly #model: ContentModel;
  #text = '';
  /** The content of the last text. No other code holds it. */
  #original: SessionContent | undefined;
  /** Whether a comparison may spare the text. It did not where it saw a difference and the text was the same. */
  #isComparable = true;

  constructor(model: ContentModel) {
    this.#model = model;
  }

  /** @param text the text of the content, until the content is changed */
  expect(text: string): void {
    this.#text = text;
    this.#original = undefined;
  }

  /** @throws `SessionNotSerializableError` for content that cannot be stored */
  of(content: SessionContent): string {
    if (this.#isComparable && this.#isKnown(content)) return this.#text;
    const text = this.#model.write(content);
    if (text === this.#text) this.#isComparable = false;
    else this.expect(text);
    return text;
  }

  #isKnown(content: SessionContent): boolean {
    try {
      this.#original ??= this.#model.parse(this.#text);
    } catch {
      // A custom codec may be unable to read what it wrote. Then the text is made each time.
      return false;
    }
    return this.#model.isSame(content, this.#original);
  }
}
