import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { arrivalOrders, chanceOf, inSequence, type Order, ordersOf } from './arrival-orders.js';
import { ChaosError } from './chaos.error.js';
import { type HeldAnswer, type HeldRequest, LateBrowser } from './late-browser.js';
import { isDeletion, receivedCookie } from './received-cookie.js';
import { setCookiesOf } from './session-in-response.js';
import type { TestBrowser } from './test-browser.js';
import { type NestApplication, TestedApplication } from './tested-application.js';

/** Sends one request. It returns when the answer has arrived; until then, others are under way. */
export type ChaosRequest = () => Promise<unknown>;

/** What {@link chaos} tries. */
export interface ChaosOptions {
  /**
   * Prepares a new visitor, and returns the requests that the visitor's browser then has under way together, at least
   * two. It runs once for each order, so it must set the application's own data back.
   */
  readonly scenario: (browser: TestBrowser) => Promise<readonly ChaosRequest[]>;
  /** Throws if something is not as it must be, now that all answers have arrived in some order. */
  readonly check: (browser: TestBrowser) => unknown;
  /** Chooses the random orders. The same seed gives the same ones. @default a random number */
  readonly seed?: number;
  /** How many orders are tried at most. @default 200 */
  readonly rounds?: number;
  /** See {@link TestSessions.browser}. */
  readonly origin?: string;
}

/** What {@link chaos} has tried. */
export interface ChaosReport {
  readonly seed: number;
  /** How many orders were tried. */
  readonly rounds: number;
}

const ROUNDS = 200;
/** How long each step takes by the clock of the application: ms. */
const STEP = 1_000;

/**
 * Lets the requests of one browser meet. It sends them while others are under way, holds back their answers, and lets
 * these arrive in every order, or in random orders where there are too many. After each order it runs the check. So it
 * finds logouts that a late answer undoes, and changes that get lost.
 *
 * Two or three requests are tried in every order. Four and five arrive in every order, and then random requests are
 * sent later than others; more are tried in random orders only. Each step takes a second by the application's clock,
 * which is set back afterwards.
 *
 * @example
 * await chaos(app, {
 *   scenario: async (browser) => {
 *     browser.as(Auth, { userId: '42' });
 *     return [() => browser.get('/news'), () => browser.post('/logout')];
 *   },
 *   check: async (browser) => expect((await browser.get('/me')).status).toBe(401),
 * });
 * @throws `ChaosError`, which names the requests that met, the order and the seed
 */
export async function chaos(app: NestApplication, options: ChaosOptions): Promise<ChaosReport> {
  const { seed = Math.floor(Math.random() * 2 ** 32), rounds = ROUNDS } = options;
  assertPositive(rounds);
  const stage = new Stage(new TestedApplication(app), options);
  const plain = await stage.playInSequence();
  if (plain.problem)
    throw new ChaosError(
      'The check must hold when the requests come one after another, but it fails then, too, so nothing has raced:\n' +
        `${listed(plain.steps)}\n${messageOf(plain.problem.error)}\nCorrect the check or the scenario.`,
      seed,
      plain.titles,
      plain.steps,
      plain.problem.error,
    );
  let tried = 0;
  for (const order of ordersOf(plain.titles.length, rounds, chanceOf(seed))) {
    tried += 1;
    const played = await stage.play(order);
    if (!played.problem) continue;
    const smallest = (await stage.pairThatFails(plain.titles.length)) ?? played;
    throw failure(smallest, seed, tried);
  }
  return { seed, rounds: tried };
}

/** What happened in one order. */
interface Played {
  /** The requests, in the order of the scenario. */
  readonly titles: readonly string[];
  readonly steps: readonly string[];
  readonly problem: { readonly error: unknown } | undefined;
  /** Which of the requests met. */
  readonly met: readonly number[];
}

/** A request that was sent, whose answer is held back. */
interface UnderWay {
  readonly held: HeldRequest;
  readonly done: Promise<unknown>;
  readonly answer: HeldAnswer;
}

/** Plays the scenario in one order after another, each with a new browser. */
class Stage {
  readonly #application: TestedApplication;
  readonly #options: ChaosOptions;

  constructor(application: TestedApplication, options: ChaosOptions) {
    this.#application = application;
    this.#options = options;
  }

  async playInSequence(): Promise<Played> {
    return this.#played((count) => inSequence(range(count)));
  }

  async play(order: Order, met: readonly number[] = []): Promise<Played> {
    return this.#played(() => order, met);
  }

  /**
   * Looks for two requests that are enough: only they meet, after all others. It counts only if the check holds when
   * the same requests come one after another.
   */
  async pairThatFails(count: number): Promise<Played | undefined> {
    for (const a of range(count)) {
      for (const b of range(count).slice(a + 1)) {
        const others = range(count).filter((each) => each !== a && each !== b);
        const before = inSequence(others);
        const isOrderly = async (pair: readonly number[]): Promise<boolean> =>
          !(await this.play([...before, ...inSequence(pair)])).problem;
        if (!(await isOrderly([a, b])) || !(await isOrderly([b, a]))) continue;
        for (const order of [...arrivalOrders([a, b]), ...arrivalOrders([b, a])]) {
          const played = await this.play([...before, ...order], [a, b]);
          if (played.problem) return played;
        }
      }
    }
    return undefined;
  }

  #played(orderOf: (count: number) => Order, met: readonly number[] = []): Promise<Played> {
    const { scenario, check, origin = 'http://localhost' } = this.#options;
    const { clock } = this.#application;
    return clock.during(async () => {
      const browser = new LateBrowser(this.#application, origin);
      const requests = await scenario(browser);
      if (requests.length < 2)
        throw new InvalidOptionsError(
          'scenario',
          'must return at least two requests',
          "Return functions, as in [() => browser.get('/news'), () => browser.post('/logout')].",
        );
      const order = orderOf(requests.length);
      const titles: string[] = requests.map((_, i) => `request ${i + 1}`);
      const steps: string[] = [];
      try {
        const underWay = new Map<number, UnderWay>();
        for (const { type, request } of order) {
          clock.advance(STEP);
          if (type === 'send') {
            const sent = await sendHeld(browser, requests[request]!);
            underWay.set(request, sent);
            titles[request] = sent.answer.title;
            steps.push(`${sent.answer.title} is sent`);
          } else {
            const { held, done, answer } = underWay.get(request)!;
            steps.push(
              `the answer of ${answer.title} arrives: ${answer.response.status}${cookiesIn(answer.response)}`,
            );
            held.deliver();
            await done;
          }
        }
        clock.advance(STEP);
        await check(browser);
        return { titles, steps, problem: undefined, met };
      } catch (error) {
        if (error instanceof InvalidOptionsError) throw error;
        return { titles, steps, problem: { error }, met: met.length ? met : range(requests.length) };
      }
    });
  }
}

async function sendHeld(browser: LateBrowser, request: ChaosRequest): Promise<UnderWay> {
  const held = browser.holdNext();
  const done = request();
  // It is awaited when the answer arrives. Until then, a rejection must not end the process.
  done.catch(() => undefined);
  const answer = await Promise.race([held.answered, done.then(() => undefined)]);
  if (answer) return { held, done, answer };
  throw new InvalidOptionsError(
    'scenario',
    'must return functions that send a request with the browser, and one of them has sent none',
    "Return functions such as () => browser.get('/news'), with the browser that the scenario gets.",
  );
}

function failure({ titles, steps, problem, met }: Played, seed: number, tried: number): ChaosError {
  const names = met.map((i) => titles[i]!);
  const who = names.length === 2 ? 'Two requests met' : `${names.length} requests met`;
  return new ChaosError(
    `${who}, and then the check failed: ${names.join(' and ')}.\n${listed(steps)}\n` +
      `${messageOf(problem!.error)}\n` +
      `It was order number ${tried}. Repeat it with the option seed: ${seed}.`,
    seed,
    names,
    steps,
    problem!.error,
  );
}

function listed(steps: readonly string[]): string {
  return steps.map((step, i) => `  ${i + 1}. ${step}`).join('\n');
}

/** Names only: a value would let whoever reads the report log in. */
function cookiesIn(response: Response): string {
  const cookies = setCookiesOf(response).flatMap((header) => receivedCookie(header) ?? []);
  return cookies.map((cookie) => `, ${isDeletion(cookie) ? 'clears' : 'sets'} ${cookie.name}`).join('');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function assertPositive(rounds: number): void {
  if (Number.isSafeInteger(rounds) && rounds > 0) return;
  throw new InvalidOptionsError('rounds', 'must be a positive whole number', 'Give a number such as 200.');
}
