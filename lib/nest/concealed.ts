let count = 0;

/**
 * Holds what must not be printed. Nest keeps every module's options in its container, where `inspect` would show them with whatever leads
 * there, and secrets with them.
 */
export class Concealed<T> {
  /** Tells two apart where Nest tells modules apart by what is printed of them. */
  readonly id: number = ++count;
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }
}
