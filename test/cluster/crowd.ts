import { EventEmitter, once } from 'node:events';
import { Connection } from './connection.js';
import { type Verdict, Visitor } from './visitor.js';

/** How large a crowd is. */
export interface CrowdSize {
  readonly visitors: number;
  /** How many requests they make at least. */
  readonly requests: number;
  /** How many of them are on their way at any time. */
  readonly lanes: number;
}

/** What became of them. */
export interface Figures {
  readonly visitors: number;
  readonly requests: number;
  /** Requests by their outcome. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Visitors who were lost at least once. */
  readonly lost: number;
}

/** So many times the intended requests, or so many without an answer, are too many. */
const PATIENCE = { requests: 50, cutOff: 1_000 };

/** Visitors who come again and again, each with one request at a time, until they are told to leave. */
export class Crowd {
  /** For the time being they change nothing. */
  isOnlyLooking = false;
  readonly #waiting: Visitor[];
  readonly #answers = new Map<Visitor, number>();
  readonly #verdicts: Record<Verdict, number> = {
    recognised: 0,
    lost: 0,
    wrong: 0,
    miscounted: 0,
    'cut off': 0,
  };
  readonly #lost = new Set<Visitor>();
  readonly #progress = new EventEmitter();
  readonly #lanes: Promise<unknown>;
  #requests = 0;
  #isLeaving = false;
  #failure: Error | undefined;

  constructor(
    port: number,
    private readonly size: CrowdSize,
  ) {
    this.#waiting = Array.from({ length: size.visitors }, (_, i) => new Visitor(i + 1));
    const lanes = Array.from({ length: size.lanes }, () => this.#come(new Connection(port)));
    this.#lanes = Promise.all(lanes);
  }

  /** Waits for so many further requests. */
  async requests(further: number): Promise<void> {
    const target = this.#requests + further;
    await this.#until(() => this.#requests >= target);
  }

  /** Waits until every visitor has come again. */
  async everybody(): Promise<void> {
    // Whoever is on the way now may have asked before.
    const asked = new Map(this.#answers);
    await this.#until(() =>
      [...this.#answers].every(([visitor, answers]) => answers > (asked.get(visitor) ?? 0) + 1),
    );
  }

  async leave(): Promise<Figures> {
    this.#isLeaving = true;
    await this.#lanes;
    if (this.#failure) throw this.#failure;
    return {
      visitors: this.#answers.size,
      requests: this.#requests,
      verdicts: { ...this.#verdicts },
      lost: this.#lost.size,
    };
  }

  async #come(connection: Connection): Promise<void> {
    try {
      while (!this.#isLeaving && !this.#failure) {
        const visitor = this.#waiting.shift()!;
        this.#note(visitor, await visitor.visit(connection, this.isOnlyLooking));
        this.#waiting.push(visitor);
        this.#assertPatience();
      }
    } catch (error) {
      this.#failure = error as Error;
    } finally {
      connection.close();
      this.#progress.emit('request');
    }
  }

  #note(visitor: Visitor, verdict: Verdict): void {
    this.#requests += 1;
    this.#verdicts[verdict] += 1;
    if (verdict === 'lost') this.#lost.add(visitor);
    if (verdict !== 'cut off') this.#answers.set(visitor, (this.#answers.get(visitor) ?? 0) + 1);
    this.#progress.emit('request');
  }

  #assertPatience(): void {
    const isPatient =
      this.#requests < PATIENCE.requests * this.size.requests && this.#verdicts['cut off'] < PATIENCE.cutOff;
    if (!isPatient) throw new Error('The crowd came in vain: too many requests, or too few answers.');
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      if (this.#failure) throw this.#failure;
      await once(this.#progress, 'request');
    }
  }
}
