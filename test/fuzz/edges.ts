/** Which branches of lib a case has reached. The compiled code calls `__hit` with the number of each branch. */
export class Edges {
  readonly #hits: Uint8Array;
  readonly #seen: Uint8Array;
  readonly #reached: Uint32Array;
  #count = 0;
  #total = 0;

  /** @param edges number of branches */
  constructor(edges: number) {
    this.#hits = new Uint8Array(edges);
    this.#seen = new Uint8Array(edges);
    this.#reached = new Uint32Array(edges);
    (globalThis as unknown as { __hit(edge: number): void }).__hit = (edge) => {
      if (this.#hits[edge] !== 0) return;
      this.#hits[edge] = 1;
      this.#reached[this.#count++] = edge;
    };
  }

  /** Forgets the branches of the last case, and of all cases of the last target. */
  start(): void {
    this.take();
    this.#seen.fill(0);
    this.#total = 0;
  }

  /** Ends a case. @returns how many branches it has reached that none before it has */
  take(): number {
    let news = 0;
    for (let i = 0; i < this.#count; i++) {
      const edge = this.#reached[i]!;
      this.#hits[edge] = 0;
      if (this.#seen[edge] !== 0) continue;
      this.#seen[edge] = 1;
      news += 1;
    }
    this.#count = 0;
    this.#total += news;
    return news;
  }

  /** Ends a case that counts for nothing. @returns how many branches it has reached */
  peek(): number {
    const count = this.#count;
    for (let i = 0; i < count; i++) this.#hits[this.#reached[i]!] = 0;
    this.#count = 0;
    return count;
  }

  /** How many branches the cases since `start()` have reached. */
  get total(): number {
    return this.#total;
  }
}

// Modules of lib call it while they are loaded, before there are edges.
(globalThis as unknown as { __hit: unknown }).__hit ??= () => undefined;
