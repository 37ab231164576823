import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edges } from './edges.js';
import { mutate } from './mutations.js';
import { Random } from './random.js';
import type { Target } from './target.js';

/** What came out of one target. */
export interface TargetReport {
  readonly target: string;
  readonly cases: number;
  readonly edges: number;
  readonly corpus: number;
  /** How often each outcome occurred. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Bytes of heap after garbage collection: in the middle, and at the end. */
  readonly heap: readonly [middle: number, end: number];
  readonly ms: number;
  readonly findings: readonly string[];
}

export interface FuzzerOptions {
  readonly edges: Edges;
  /** Where the cases are kept that reach something, a folder for each target. */
  readonly corpus: string;
  readonly findings: string;
  readonly seed: number;
}

/** A corpus of more cases is not read by anybody. */
const MOST_KEPT = 60;
const MOST_FINDINGS = 5;

/** Finds cases that reach new branches of lib, and makes further cases of them. */
export class Fuzzer {
  readonly #options: FuzzerOptions;

  constructor(options: FuzzerOptions) {
    this.#options = options;
  }

  async run(target: Target, cases: number): Promise<TargetReport> {
    const { edges, seed } = this.#options;
    const began = performance.now();
    const random = new Random(seed);
    const folder = join(this.#options.corpus, target.name);
    const corpus: Buffer[] = [];
    const outcomes: Record<string, number> = {};
    const findings: string[] = [];
    const words = wordsOf(target);
    const run = async (bytes: Buffer): Promise<number> => {
      try {
        const outcome = target.try(bytes);
        const word = typeof outcome === 'string' ? outcome : await outcome;
        outcomes[word] = (outcomes[word] ?? 0) + 1;
      } catch (error) {
        outcomes['FOUND'] = (outcomes['FOUND'] ?? 0) + 1;
        if (findings.length < MOST_FINDINGS) findings.push(this.#keepFinding(target, bytes, error));
      }
      return edges.take();
    };

    edges.start();
    for (const bytes of [...seedsOf(target), ...keptIn(folder)]) {
      await run(bytes);
      corpus.push(bytes);
    }
    let middle = 0;
    for (let i = 0; i < cases; i++) {
      const bytes = mutate(random.pick(corpus), corpus, words, random);
      if ((await run(bytes)) > 0) corpus.push(await this.#shorter(target, bytes));
      if (i === cases >> 1) middle = heapNow();
    }
    const end = heapNow();
    const reached = edges.total;
    const kept = await this.#minimised(target, corpus);
    keep(folder, kept);
    const ms = performance.now() - began;
    const report = {
      target: target.name,
      cases,
      edges: reached,
      corpus: kept.length,
      outcomes,
      ms,
      findings,
    };
    return { ...report, heap: [middle, end] };
  }

  /** Removes pieces from a case as long as it reaches the same number of branches. */
  async #shorter(target: Target, given: Buffer): Promise<Buffer> {
    let bytes = given;
    const wanted = await this.#reachedBy(target, given);
    for (let size = bytes.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at + size <= bytes.length;) {
        const less = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        if ((await this.#reachedBy(target, less)) >= wanted) bytes = less;
        else at += size;
      }
    }
    return bytes;
  }

  /** How many branches a case reaches alone. What all cases together have reached is not touched. */
  async #reachedBy(target: Target, bytes: Buffer): Promise<number> {
    await this.#quietly(target, bytes);
    return this.#options.edges.peek();
  }

  async #quietly(target: Target, bytes: Buffer): Promise<void> {
    try {
      await target.try(bytes);
    } catch {
      // It was found before, and here only its branches count.
    }
  }

  /** The cases that together reach what all of them reach, the shortest first. */
  async #minimised(target: Target, corpus: readonly Buffer[]): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    this.#options.edges.start();
    for (const bytes of [...corpus].sort((a, b) => a.length - b.length)) {
      await this.#quietly(target, bytes);
      if (this.#options.edges.take() > 0 && kept.length < MOST_KEPT) kept.push(bytes);
    }
    return kept;
  }

  #keepFinding(target: Target, bytes: Buffer, error: unknown): string {
    const { findings, seed } = this.#options;
    mkdirSync(findings, { recursive: true });
    const path = join(findings, `${target.name}-${nameOf(bytes)}`);
    writeFileSync(path, bytes);
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `seed ${seed}, ${path}: ${problem}`;
  }
}

/** Runs the cases that are kept of a target. @throws what must not happen */
export async function replay(target: Target, folder: string): Promise<number> {
  const cases = [...seedsOf(target), ...keptIn(join(folder, target.name))];
  for (const bytes of cases) await target.try(bytes);
  return cases.length;
}

/** The cases that a target begins with. */
export const seedsOf = ({ seeds }: Target): Buffer[] =>
  seeds.map((seed) => (typeof seed === 'string' ? Buffer.from(seed, 'latin1') : Buffer.from(seed)));

/** The pieces that mutations put into them. */
export const wordsOf = ({ words }: Target): Buffer[] => words.map((word) => Buffer.from(word, 'latin1'));

const nameOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

function keptIn(folder: string): Buffer[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function keep(folder: string, cases: readonly Buffer[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const bytes of cases) writeFileSync(join(folder, nameOf(bytes)), bytes);
}

function heapNow(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
