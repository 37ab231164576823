let count = 0;

/**
 * Holds a value that must not be printed. Nest keeps the options of every module in its container. `inspect`
 * would show them, with all secrets, when it prints an object that leads to the container.
 */
export class Concealed<T> {
  /**
   * Makes two of these objects differ in print, because Nest distinguishes modules by their printed options.
   */
  readonly id: number = ++count;
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }
}
