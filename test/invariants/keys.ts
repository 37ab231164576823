import { isDeepStrictEqual } from 'node:util';
import type { SecretList } from '../../lib/connect.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import type { KeyChange } from './visits.js';

const SECRETS = [
  SECRET,
  OTHER_SECRET,
  'p4Rw-8hKx2Vb_Zt6Mq9Ld-3CfYj7Ns5GaUe1Ko0',
  'Jc7-QwE3nYb9Vx_5RtMk2ZhPd8FsLg4Ua6oXi1W',
  'u2Hs-9dFqL7wKe_4TzNv8BxCm3GyPj5RaOi6Wl1',
];
export const LEGACY_SECRET = 'y5Nf-3TzKc8Wq_1LpMv6XbHd9RsJg7EaUo2Yi4B';
export const ALL_SECRETS: readonly string[] = [...SECRETS, LEGACY_SECRET];

interface Entry {
  readonly secret: string;
  readonly revoked: boolean;
}

interface Observer {
  next(secrets: SecretList): void;
}

/** The secrets of the application, which every running release follows. A secret that is gone does not come back. */
export class KeyCabinet {
  #entries: readonly Entry[] = [{ secret: SECRETS[0]!, revoked: false }];
  #next = 1;
  readonly #observers = new Set<Observer>();

  readonly stream = {
    subscribe: (observer: Observer) => {
      this.#observers.add(observer);
      observer.next(this.#entries);
      return { unsubscribe: () => void this.#observers.delete(observer) };
    },
  };

  /** The secret that seals. `undefined`: none may. */
  get sealing(): string | undefined {
    return this.#entries.find(({ revoked }) => !revoked)?.secret;
  }

  opens(secret: string): boolean {
    return this.#entries.some((entry) => entry.secret === secret && !entry.revoked);
  }

  change(change: KeyChange): void {
    const before = this.#entries;
    const oldest = before.at(-1)!;
    const revoke = (secret: string): void => {
      this.#entries = before.map((entry) => (entry.secret === secret ? { secret, revoked: true } : entry));
    };
    switch (change) {
      case 'add':
        if (this.#next < SECRETS.length)
          this.#entries = [{ secret: SECRETS[this.#next++]!, revoked: false }, ...before];
        break;
      case 'retire':
        if (before.length > 1) this.#entries = before.slice(0, -1);
        break;
      case 'revoke oldest':
        revoke(oldest.secret);
        break;
      case 'revoke newest':
        revoke(before[0]!.secret);
        break;
      case 'revoke by a broken list':
        revoke(oldest.secret);
        return this.#deliver([{ secret: oldest.secret, revoked: true }, oldest.secret.slice(0, 20)]);
    }
    if (!isDeepStrictEqual(before, this.#entries)) this.#deliver(this.#entries);
  }

  #deliver(secrets: SecretList): void {
    for (const observer of this.#observers) observer.next(secrets);
  }
}
