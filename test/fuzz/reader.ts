/** Makes choices of the bytes of a case. After the last byte, every choice is the first one. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.byte() % list.length]!;
  }

  /** A text of up to 255 characters. */
  text(): string {
    const length = this.byte();
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  rest(): string {
    return this.#bytes.toString('utf8', this.#at);
  }
}
