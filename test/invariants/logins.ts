import type { Login } from './history.js';

/** Which logins have ended, as the visitors were told. */
export class LoginLedger {
  readonly #ids = new Set<object>();
  readonly #generations = new Map<string, number>();

  generationOf(user: string): number {
    return this.#generations.get(user) ?? 0;
  }

  end(login: Login): void {
    this.#ids.add(login.id);
  }

  endAll(user: string): void {
    this.#generations.set(user, this.generationOf(user) + 1);
  }

  hasEnded(login: Login | undefined): boolean {
    return (
      login !== undefined && (this.#ids.has(login.id) || login.generation < this.generationOf(login.user))
    );
  }
}
