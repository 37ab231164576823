import { isLegacyText } from './legacy-format.js';
import type { Opened, Sealer } from './sealer.js';

/** Two formats side by side. */
export interface Migration {
  readonly current: Sealer;
  readonly legacy: Sealer;
  /** Whether new cookies are of client-sessions' format still, because its workers have to read them. */
  readonly isWritingLegacy: boolean;
  /** From here on client-sessions' format is neither read nor written: ms since epoch. */
  readonly acceptUntil: number;
  /** The clock: ms since epoch. */
  readonly now: () => number;
}

/**
 * Reads cookies of two formats. Which one is decided by syntax, before any cryptography, and never tried again with the other. A cookie of the
 * format that is not written is stale, whichever that is, so that every visit prepares the next deployment, forwards or back.
 */
export class MigratingSealer implements Sealer {
  readonly #migration: Migration;

  constructor(migration: Migration) {
    this.#migration = migration;
  }

  seal(...record: Parameters<Sealer['seal']>): string {
    const { current, legacy } = this.#migration;
    return (this.#isWritingLegacy() ? legacy : current).seal(...record);
  }

  unseal(text: string): Opened {
    const { current, legacy } = this.#migration;
    if (isLegacyText(text)) {
      return this.#isOver() ? { ok: false, reason: 'unknown-version' } : legacy.unseal(text);
    }
    const opened = current.unseal(text);
    return opened.ok && this.#isWritingLegacy() ? { ...opened, stale: true } : opened;
  }

  #isWritingLegacy(): boolean {
    return this.#migration.isWritingLegacy && !this.#isOver();
  }

  #isOver(): boolean {
    return this.#migration.now() >= this.#migration.acceptUntil;
  }
}
