import type { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import { LoginFollower } from '../logins/login-follower.js';
import type { LoginStore } from '../logins/login-store.js';
import { Logins } from '../logins/logins.js';
import { Revocations } from '../logins/revocations.js';
import type { ResolvedSession } from '../options/resolved-session.js';
import type { RevocationPolicy } from '../options/revocation-options.js';
import { createSealer } from '../sealing/create-sealer.js';
import { firstGeneration } from '../sealing/login.js';
import type { SecretSource } from '../sealing/secret-source.js';
import { SubjectHashes, type SubjectScope } from '../sealing/subject-hash.js';
import type { SessionContent } from '../session/content.js';
import type { LoginReporter } from '../session/login-report.js';
import type { LoginRules } from '../session/login-rules.js';
import type { SessionReporter } from '../session/session-event.js';
import { actionsOf, type SessionActions } from '../session/session-object.js';

/** Stands in the place of a cookie's name when descriptions of logins are sealed. */
const LIST = 'logins.list';

/** A session whose option `subject` makes it a login, and its secrets. */
interface LoginSource {
  readonly resolved: ResolvedSession;
  readonly secrets: SecretSource;
}

/** Starts following ended logins, if one of the sessions can be a login. */
export function startLogins(
  sessions: readonly ResolvedSession[],
  sources: ReadonlyMap<ResolvedSession, SecretSource>,
  policy: RevocationPolicy,
  report: SessionReporter,
): SessionLogins | undefined {
  const own = sessions.filter(({ subject }) => subject !== undefined);
  if (own.length === 0) return undefined;
  return new SessionLogins(
    own.map((resolved) => ({ resolved, secrets: sources.get(resolved)! })),
    policy,
    report,
  );
}

/** What subjects are hashed with, and lists sealed. */
interface LoginScope extends SubjectScope {
  readonly secrets: SecretSource;
}

/** Most sessions of a configuration have the same secrets and purpose, which then count once. */
function scopesOf(sessions: readonly LoginSource[]): readonly LoginScope[] {
  const all = sessions.map(({ resolved, secrets }) => ({ secrets, purpose: resolved.options.purpose }));
  const isSame = (a: SubjectScope, b: SubjectScope): boolean =>
    a.secrets === b.secrets && a.purpose === b.purpose;
  return all.filter((own, i) => all.findIndex((other) => isSame(own, other)) === i);
}

/** Follows which logins have ended, for all sessions of one configuration that can be logins. */
export class SessionLogins {
  /** Ends logins on all servers. */
  readonly logins: Logins;
  /** Resolves when the store has been read once, or when it does not answer in time. */
  readonly ready: Promise<void>;
  readonly #store: LoginStore;
  readonly #ownsStore: boolean;
  readonly #revocations: Revocations;
  readonly #follower: LoginFollower;
  readonly #hashes: SubjectHashes;
  readonly #rules = new WeakSet<LoginRules>();

  constructor(sessions: readonly LoginSource[], policy: RevocationPolicy, reporter: SessionReporter) {
    const { now } = sessions[0]!.resolved;
    const scopes = scopesOf(sessions);
    const { maxLag, whenStoreIsDown, describe } = policy;
    const clocks = { now, system: () => Date.now(), elapsed: () => performance.now() };
    const report: LoginReporter = (each) => reporter({ type: 'logins', report: each });
    this.#store = policy.openStore();
    this.#ownsStore = policy.ownsStore;
    this.#hashes = new SubjectHashes(scopes, now);
    this.#revocations = new Revocations({ clocks, maxLag, whenStoreIsDown, report });
    const shared = { store: this.#store, revocations: this.#revocations, clocks, maxLag, report };
    this.#follower = new LoginFollower(shared);
    this.ready = this.#follower.ready;
    this.logins = new Logins({
      ...shared,
      follower: this.#follower,
      hashes: this.#hashes,
      sealers: scopes.map(({ secrets, purpose }) =>
        createSealer(secrets, { purpose, cookieName: LIST }, { now }),
      ),
      describe,
      longestLifetime: Math.max(...sessions.map((each) => each.resolved.options.absoluteDuration)),
      sessionOf: (session) => this.#sessionBehind(session),
    });
  }

  /** What makes this session a login, if it can be one. */
  rulesOf({ options, subject }: ResolvedSession, secrets: SecretSource): LoginRules | undefined {
    if (!subject) return undefined;
    const scope = { secrets, purpose: options.purpose };
    const subjectOf = (content: object): string | undefined =>
      subjectText(subject(content as SessionContent), options.name);
    const rules: LoginRules = {
      subjectOf,
      loginIn: (content, { id, generation }) => {
        const text = subjectOf(content);
        if (text === undefined) return undefined;
        return { subject: text, id: id!, generation: generation ?? this.#unsealedGenerationOf(text, id!) };
      },
      isEnded: (login) => this.#revocations.isEnded(login),
      generationOf: (text) => {
        this.#revocations.assertUpToDate();
        return this.#revocations.generationOf(this.#hashes.sealing(text, scope));
      },
      hasEnded: (login) => this.#revocations.isKnownToHaveEnded(login),
      nextGenerationOf: (login) =>
        this.#revocations.generationAfter(login, this.#hashes.sealing(login.subject, scope)),
      used: (login) => this.logins.used(login),
    };
    this.#rules.add(rules);
    return rules;
  }

  /** @throws TypeError for a session of another configuration, whose logins end elsewhere */
  #sessionBehind(session: object): SessionActions {
    const actions = actionsOf(session);
    if (actions.loginRules === undefined || this.#rules.has(actions.loginRules)) return actions;
    throw new TypeError(
      'The session must be one of the configuration that these Logins belong to. Call those of its own ' +
        'configuration: Nest injects them where that ClientSessionsModule.forRoot() is imported, ' +
        'and the middleware of clientSessions() has them as "logins"',
    );
  }

  /**
   * The generation of a login that began before "subject" was configured: a first one, under any of the secrets,
   * because nobody knows under which one it would have been sealed.
   */
  #unsealedGenerationOf(subject: string, id: Buffer): Buffer {
    const generations = this.#hashes.all(subject).map(firstGeneration);
    return (
      generations.find((generation) => this.#revocations.isKnownToHaveEnded({ id, generation })) ??
      generations[0]!
    );
  }

  /** Why the store can never work, if it has said so. */
  get refusal(): InvalidOptionsError | undefined {
    return this.#follower.refusal;
  }

  close(): void {
    this.#follower.stop();
    if (this.#ownsStore) void this.#store.close?.();
  }
}

/** @throws TypeError for what is no subject */
function subjectText(subject: unknown, session: string): string | undefined {
  if (subject === undefined || subject === null || subject === '') return undefined;
  if (typeof subject === 'string') return subject;
  if (typeof subject === 'number' && Number.isFinite(subject)) return String(subject);
  // Nobody waits for a promise here, and its rejection must not end the process.
  if (subject instanceof Promise) subject.catch(() => undefined);
  throw new TypeError(
    `The "subject" function of session "${session}" must return text, a number or undefined, ` +
      `got ${shownValue(subject)}. ` +
      'Return the id of the user, or undefined while nobody is logged in.',
  );
}
