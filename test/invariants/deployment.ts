import type { ClientSessionsModuleOptions } from '../../lib/index.js';
import type { SessionOptions } from '../../lib/connect.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { DAY } from '../support/session.js';
import type { ApplicationPlan, SessionPlan } from './application.js';
import { type Content, contentOptions } from './contents.js';
import { type Host, startHost } from './hosts.js';
import { type KeyCabinet, LEGACY_SECRET } from './keys.js';
import type { Witness } from './witness.js';

export const RELEASES = [0, 1] as const;
export type ReleaseNumber = (typeof RELEASES)[number];

interface Settings {
  readonly keys: KeyCabinet;
  readonly now: () => number;
  readonly witness: Witness;
}

/** The application in two releases. Each starts when it is first needed, and serves until the end. */
export class Deployment {
  /** What all releases have in common. */
  readonly store = new MemoryLogins();
  readonly #hosts = new Map<ReleaseNumber, Promise<Host>>();
  readonly #plan: ApplicationPlan;
  readonly #settings: Settings;
  readonly #hasLogins: boolean;

  constructor(plan: ApplicationPlan, settings: Settings) {
    this.#plan = plan;
    this.#settings = settings;
    this.#hasLogins = plan.sessions.some(({ isLogin }) => isLogin);
  }

  host(release: ReleaseNumber): Promise<Host> {
    const running = this.#hosts.get(release);
    if (running) return running;
    const started = startHost(this.#plan.host, this.#optionsOf(release), this.#settings.witness.onLog);
    this.#hosts.set(release, started);
    return started;
  }

  /** Lets every release hear which logins have ended. */
  async hear(): Promise<void> {
    if (!this.#hasLogins) return;
    for (const host of await Promise.all(this.#hosts.values())) await host.logins.catchUp();
  }

  async endAll(release: ReleaseNumber, user: string): Promise<void> {
    if (!this.#hasLogins) return;
    await (await this.host(release)).logins.endAll(user);
    await this.hear();
  }

  async printable(): Promise<readonly object[]> {
    const hosts = await Promise.all(this.#hosts.values());
    return hosts.flatMap((host) => host.printable);
  }

  async close(): Promise<void> {
    for (const host of this.#hosts.values()) await (await host).close();
  }

  #optionsOf(release: ReleaseNumber): ClientSessionsModuleOptions {
    const { keys, now, witness } = this.#settings;
    return {
      secret: keys.stream,
      now,
      onEvent: witness.onEvent,
      sessions: this.#plan.sessions.map((plan) => sessionOptions(plan, release)),
      // Machines of CI may stand still for seconds.
      ...(this.#hasLogins && { revocations: { store: this.store.open(), maxLag: '10 minutes' } }),
    };
  }
}

function sessionOptions(plan: SessionPlan, release: ReleaseNumber): SessionOptions {
  const { name, isLogin, hasId, isChunked, isLegacy, memo, releases } = plan;
  const { lifetimes, version, scope } = releases[release];
  const other = releases[1 - release]!.scope;
  const isMoved = other.cookieName !== scope.cookieName || other.path !== scope.path;
  const { duration, activeDuration, absoluteDuration, idleDuration } = lifetimes;
  const isRenamed = isMoved && other.path === scope.path;
  return {
    name,
    requestKey: name,
    cookieName: scope.cookieName,
    cookie: { path: scope.path },
    ...(isRenamed && { previousNames: [other.cookieName] }),
    ...(isMoved && !isRenamed && { previousCookies: [{ name: other.cookieName, path: other.path }] }),
    duration,
    activeDuration,
    absoluteDuration,
    idleDuration,
    id: hasId,
    memo,
    ...(isChunked && { onTooLarge: 'chunk' as const }),
    ...(isLogin && { subject: (content: Content) => content['user'] }),
    ...(isLegacy && {
      legacy: {
        secret: LEGACY_SECRET,
        write: release === 0,
        acceptUntil: new Date(Date.UTC(2025, 0) + 9_999 * DAY),
      },
    }),
    ...contentOptions(plan, version),
  };
}
