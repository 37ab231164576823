import { TestBrowser } from './test-browser.js';

/** A request whose answer waits until it may arrive. */
export class HeldRequest {
  /** Resolves when the application has answered: what was asked, and the names of the cookies in the answer. */
  readonly answered: Promise<HeldAnswer>;
  readonly delivered: Promise<void>;
  answer!: (answer: HeldAnswer) => void;
  /** Lets the answer arrive. */
  deliver!: () => void;

  constructor() {
    this.answered = new Promise((resolve) => (this.answer = resolve));
    this.delivered = new Promise((resolve) => (this.deliver = resolve));
  }
}

export interface HeldAnswer {
  /** Such as `POST /logout`. */
  readonly title: string;
  readonly response: Response;
}

/** A browser whose answers can be held back. */
export class LateBrowser extends TestBrowser {
  #next: HeldRequest | undefined;

  /** Holds back the answer of the next request. */
  holdNext(): HeldRequest {
    return (this.#next = new HeldRequest());
  }

  override async request(path: string, init: RequestInit = {}): Promise<Response> {
    const held = this.#next;
    this.#next = undefined;
    if (!held) return super.request(path, init);
    const answer = await this.send(path, init);
    held.answer({ title: `${init.method ?? 'GET'} ${path}`, response: answer.response });
    await held.delivered;
    return this.receive(answer);
  }
}
