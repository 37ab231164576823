import { describeStoreFailure } from '../errors/login-store.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import { decodeBase64url, encodeBase64url } from '../sealing/base64url.js';
import { GENERATION_BYTES, type SessionRecord } from '../sealing/session-record.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SubjectHashes } from '../sealing/subject-hash.js';
import type { Clocks } from './clocks.js';
import { parseJson } from '../session/json.js';
import type { LoginReporter } from '../session/login-report.js';
import type { LoginOfSession } from '../session/login-rules.js';
import type { ListedLogin, LoginStore } from './login-store.js';
import type { Revocations } from './revocations.js';
import { UsedLogins } from './used-logins.js';

/** A login as a list shows it to its owner. All times are ms since epoch. */
export interface LoginEntry {
  /** What `endById()` takes. It is no credential. */
  readonly id: string;
  readonly began: number;
  /** Exact to five minutes. */
  readonly lastUsed: number;
  /** When it ends at the latest. */
  readonly expires: number;
  /** What `describe()` said of the request that began it. */
  readonly description: unknown;
}

export interface LoginListSettings {
  readonly store: LoginStore;
  readonly revocations: Revocations;
  readonly hashes: SubjectHashes;
  /** What the store is not to read, the first of them seals, and each of them opens. */
  readonly sealers: readonly Sealer[];
  readonly clocks: Clocks;
  readonly describe?: ((request: unknown) => unknown) | undefined;
  readonly report?: LoginReporter | undefined;
}

/** What is sealed of a listed login, besides its times and its id. */
interface SealedEntry {
  readonly generation: string;
  readonly description?: unknown;
}

const MAXIMUM_DESCRIPTION = 4096;

/** The logins of each subject, for its owner to look at. It is a convenience: ending them does not depend on it. */
export class LoginList {
  readonly #settings: LoginListSettings;
  readonly #used: UsedLogins;

  constructor(settings: LoginListSettings) {
    this.#settings = settings;
    this.#used = new UsedLogins(settings.clocks);
  }

  /** Lists a login, or lists it anew. A failure is reported. */
  add(login: LoginOfSession, request: unknown): void {
    this.#attempt('list', () => {
      const { store, hashes, clocks } = this.#settings;
      const subject = encodeBase64url(hashes.sealing(login.subject));
      const noted = {
        subject,
        id: encodeBase64url(login.id),
        text: this.#seal(login, request),
        until: login.latestEnd,
      };
      return store.note(noted, clocks.now());
    });
  }

  /** Keeps that a login was used now, at most every five minutes. A failure is reported. */
  touch(login: LoginOfSession): void {
    if (!this.#used.note(login.id)) return;
    this.#attempt('use', () => {
      const { store, hashes, clocks } = this.#settings;
      const [id, now] = [encodeBase64url(login.id), clocks.now()];
      return Promise.all(
        hashes.all(login.subject).map((hash) => store.touch(encodeBase64url(hash), id, now)),
      );
    });
  }

  /** The logins that have not ended, the newest first. Rejects if the store does. */
  async of(subject: string): Promise<LoginEntry[]> {
    const { store, hashes, clocks } = this.#settings;
    const now = clocks.now();
    const lists = await Promise.all(
      hashes.all(subject).map((hash) => store.list(encodeBase64url(hash), now)),
    );
    const entries = new Map<string, LoginEntry>();
    for (const entry of lists.flat().flatMap((listed) => this.#open(listed, now) ?? [])) {
      const other = entries.get(entry.id);
      if (!other || other.lastUsed < entry.lastUsed) entries.set(entry.id, entry);
    }
    return [...entries.values()].sort((a, b) => b.began - a.began);
  }

  #seal({ id, generation, startedAt, latestEnd }: LoginOfSession, request: unknown): string {
    const sealed: SealedEntry = {
      generation: encodeBase64url(generation),
      description: this.#describe(request),
    };
    return this.#settings.sealers[0]!.seal({
      createdAt: startedAt,
      startedAt,
      expiresAt: latestEnd,
      ownDuration: false,
      renewed: false,
      id,
      json: JSON.stringify(sealed),
    });
  }

  /** What the application says of a request, if JSON can hold it. */
  #describe(request: unknown): unknown {
    const { describe, report } = this.#settings;
    try {
      const description = describe?.(request);
      if (description instanceof Promise) {
        // Nobody else waits for it, and its rejection must not end the process.
        description.catch(() => undefined);
        report?.({ type: 'failed', what: 'describe', reason: 'a promise' });
        return undefined;
      }
      const { length } = JSON.stringify(description) ?? '';
      if (length <= MAXIMUM_DESCRIPTION) return description;
      report?.({ type: 'failed', what: 'describe', reason: `more than ${MAXIMUM_DESCRIPTION} characters` });
    } catch (error) {
      report?.({ type: 'failed', what: 'describe', reason: describeThrown(error) });
    }
    return undefined;
  }

  /** Leaves out what does not open, what stands at another id, and what has ended. */
  #open({ id, text, usedAt }: ListedLogin, now: number): LoginEntry | undefined {
    const { revocations } = this.#settings;
    const record = this.#unseal(text);
    if (!record?.id || encodeBase64url(record.id) !== id) return undefined;
    const { startedAt: began, expiresAt: expires, json } = record;
    const { generation: sealed, description } = parseJson(json) as SealedEntry;
    const generation = decodeBase64url(sealed);
    if (generation?.length !== GENERATION_BYTES || now >= expires) return undefined;
    if (revocations.isKnownToHaveEnded({ id: record.id, generation })) return undefined;
    return { id, began, lastUsed: usedAt ?? began, expires, description };
  }

  #unseal(text: string): SessionRecord | undefined {
    for (const sealer of this.#settings.sealers) {
      const opened = sealer.unseal(text);
      if (opened.ok) return opened.record;
    }
    return undefined;
  }

  #attempt(what: 'list' | 'use', act: () => Promise<unknown>): void {
    const fail = (error: unknown): void =>
      this.#settings.report?.({ type: 'failed', what, reason: describeStoreFailure(error) });
    // A store of the application's own may throw at once, or return no promise.
    new Promise((resolve) => resolve(act())).catch(fail);
  }
}
