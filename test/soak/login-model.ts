import type { Holder } from './worker/settings.js';

/** A server process from its start to its end. */
export type ProcessName = string;

/** An end that has resolved: when its response arrived here, and from which process. All times are ms of one clock. */
interface End {
  readonly at: number;
  readonly process: ProcessName;
  /** The call of `endAll()`, if it was one. */
  readonly sweep?: Sweep;
}

/** What is known of one cookie content, for as long as the login is neither ended nor the exception of an end. */
interface Epoch {
  /** When the request was sent whose response sealed it. */
  readonly sealedSent: number;
  /** The sweep that sealed it. */
  readonly by: Sweep | undefined;
  readonly ends: End[];
}

interface ModelLogin {
  readonly user: string;
  /** When the response with it arrived. */
  beganAt: number;
  readonly epochs: Map<number, Epoch>;
  readonly ends: End[];
  /** An end of it was asked for, and perhaps it is stored. */
  mayHaveEnded: boolean;
}

/** A call of `endAll()`. */
export interface Sweep {
  readonly user: string;
  readonly sentAt: number;
  readonly except: Holder | undefined;
  /** When it was known to be stored. `Infinity`: perhaps it is stored, or will be. */
  resolvedAt: number;
  /** When it was known not to have resolved. */
  failedAt: number;
}

/** How late an admission came after an end: ms. */
export interface Lateness {
  readonly lag: number;
  /** Whether the process that admitted it had itself resolved the end before. */
  readonly isAtHome: boolean;
}

/** Who may be admitted, by what is seen from outside of the servers. */
export class LoginModel {
  readonly #logins = new Map<number, ModelLogin>();
  readonly #sweeps = new Map<string, Sweep[]>();

  constructor(private readonly maxLag: number) {}

  get size(): number {
    return this.#logins.size;
  }

  begin(number: number, user: string, sentAt: number): void {
    const epoch: Epoch = { sealedSent: sentAt, by: undefined, ends: [] };
    const epochs = new Map([[0, epoch]]);
    this.#logins.set(number, { user, beganAt: Infinity, epochs, ends: [], mayHaveEnded: false });
  }

  began(number: number, at: number): void {
    this.#logins.get(number)!.beganAt = at;
  }

  /** An end of this login is on its way. */
  ending(number: number): void {
    this.#logins.get(number)!.mayHaveEnded = true;
  }

  ended(number: number, end: End): void {
    this.#logins.get(number)!.ends.push(end);
  }

  /** @param except the login that is to go on, with the epoch that the request brought */
  sweep(user: string, sentAt: number, except?: Holder): Sweep {
    const sweep: Sweep = { user, sentAt, except, resolvedAt: Infinity, failedAt: Infinity };
    this.#sweeps.set(user, [...(this.#sweeps.get(user) ?? []), sweep]);
    return sweep;
  }

  swept(sweep: Sweep, end: End): void {
    // What one that failed before has perhaps stored, or will store, ends nothing more than this one.
    for (const each of this.#sweeps.get(sweep.user)!) {
      if (each === sweep || each.failedAt <= sweep.sentAt)
        each.resolvedAt = Math.min(each.resolvedAt, end.at);
    }
    const { except } = sweep;
    for (const [number, login] of this.#logins) {
      if (login.user !== sweep.user || login.beganAt > sweep.sentAt) continue;
      if (number !== except?.login) login.ends.push({ ...end, sweep });
      else for (const [epoch, known] of login.epochs) if (epoch <= except.epoch) known.ends.push(end);
    }
    if (!except) return;
    const next: Epoch = { sealedSent: sweep.sentAt, by: sweep, ends: [] };
    this.#logins.get(except.login)!.epochs.set(except.epoch + 1, next);
  }

  /** @returns how long after the first of its ends a request was sent that was admitted; nothing if before */
  lateness({ login, epoch }: Holder, sentAt: number, process: ProcessName): Lateness | undefined {
    const late = this.#endsOf(login, epoch).filter(({ at }) => sentAt > at);
    if (late.length === 0) return undefined;
    const lag = Math.max(...late.map(({ at }) => sentAt - at));
    return { lag, isAtHome: late.some((end) => end.process === process) };
  }

  /** Why a login may not be admitted at this time. Nothing: then it is lost if it is not admitted. */
  excuse({ user, login, epoch }: Holder, at: number): 'ended' | 'unclear' | 'began too early' | undefined {
    if (this.#endsOf(login, epoch).length > 0) return 'ended';
    const { mayHaveEnded, epochs } = this.#logins.get(login)!;
    if (mayHaveEnded) return 'unclear';
    const { sealedSent, by } = epochs.get(epoch) ?? {};
    if (sealedSent === undefined) return 'unclear';
    const others = (this.#sweeps.get(user) ?? []).filter((each) => each !== by && each.sentAt <= at);
    if (others.some(({ resolvedAt }) => resolvedAt === Infinity)) return 'unclear';
    const isEarly = others.some(({ resolvedAt }) => sealedSent <= resolvedAt + this.maxLag);
    return isEarly ? 'began too early' : undefined;
  }

  /** For whoever looks for the reason of a violation. */
  history({ user, login, epoch }: Holder): string {
    const time = (at: number): number => Math.round(at);
    const ends = this.#endsOf(login, epoch).map(({ at, process }) => `${time(at)} by ${process}`);
    const { sealedSent = NaN } = this.#logins.get(login)?.epochs.get(epoch) ?? {};
    const sweeps = (this.#sweeps.get(user) ?? []).map(
      (each) =>
        `${time(each.sentAt)}-${time(each.resolvedAt)}${each.except ? ` but ${each.except.login}` : ''}`,
    );
    return `sealed ${time(sealedSent)}, ended [${ends.join('; ')}], everywhere [${sweeps.join('; ')}]`;
  }

  hasEnded({ login, epoch }: Holder): boolean {
    return this.#endsOf(login, epoch).length > 0;
  }

  #endsOf(login: number, epoch: number): readonly End[] {
    const known = this.#logins.get(login);
    const own = known?.epochs.get(epoch);
    // Of two calls with an exception at the same time, the exception of one of them goes on.
    const ends = known?.ends.filter(({ sweep }) => !(own?.by && sweep?.except && isAtOnce(own.by, sweep)));
    return [...(ends ?? []), ...(own?.ends ?? [])];
  }
}

function isAtOnce(a: Sweep, b: Sweep): boolean {
  return a.sentAt <= b.resolvedAt && b.sentAt <= a.resolvedAt;
}
