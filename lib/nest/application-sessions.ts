import type { ModulesContainer } from '@nestjs/core';
import type { SessionManager } from '../http/session-manager.js';

/** The key of what applications share, for all copies of this package. */
const APPLICATIONS = Symbol.for('nestjs-client-sessions/1.applications');

const shared = globalThis as { [APPLICATIONS]?: WeakMap<ModulesContainer, ApplicationSessions> };

/** What the modules of one application share, whether or not they see each other's providers. */
export class ApplicationSessions {
  /** Settles when the sessions have started. */
  readonly manager: Promise<SessionManager>;
  #started!: (manager: SessionManager) => void;
  readonly #listeners: (() => void)[] = [];
  #features: ReadonlySet<object> | undefined;
  #isInjected = false;

  constructor() {
    this.manager = new Promise((resolve) => (this.#started = resolve));
  }

  static of(modules: ModulesContainer): ApplicationSessions {
    const applications = (shared[APPLICATIONS] ??= new WeakMap());
    const known = applications.get(modules);
    if (known) return known;
    const created = new ApplicationSessions();
    applications.set(modules, created);
    return created;
  }

  /** @param features the sessions that modules have brought with `forFeature()` */
  start(manager: SessionManager, features: readonly object[]): void {
    this.#features = new Set(features);
    this.#started(manager);
  }

  /** Whether a session of `forFeature()` comes after the sessions have started, and was not among them. */
  isTooLate(feature: object): boolean {
    return this.#features?.has(feature) === false;
  }

  /** Whether a provider has a session injected, so that requests have to be followed. */
  get isInjected(): boolean {
    return this.#isInjected;
  }

  inject(): void {
    this.#isInjected = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Calls the listener once, now or when a provider has a session injected. */
  whenInjected(listener: () => void): void {
    if (this.#isInjected) listener();
    else this.#listeners.push(listener);
  }
}
