import { isLegacyText } from './legacy-format.js';
import type { Opened, Sealer } from './sealer.js';

/** Cookies of client-sessions beside ours. */
export interface LegacySide {
  readonly sealer: Sealer;
  /** Whether new cookies are of the legacy format still, because legacy servers have to read them. */
  readonly isWriting: boolean;
  /** From here on the legacy format is neither read nor written: ms since epoch. */
  readonly acceptUntil: number;
}

/**
 * Reads cookies of two formats. Which one is decided by syntax, before any cryptography, and never tried again with the other. A cookie of the
 * format that is not written is stale, whichever that is, so that every visit prepares the next deployment, forwards or back.
 */
export class MigratingSealer implements Sealer {
  readonly #current: Sealer;
  readonly #legacy: LegacySide;
  readonly #now: () => number;

  /** @param now the clock: ms since epoch */
  constructor(current: Sealer, legacy: LegacySide, now: () => number) {
    this.#current = current;
    this.#legacy = legacy;
    this.#now = now;
  }

  seal(...record: Parameters<Sealer['seal']>): string {
    return (this.#isWritingLegacy() ? this.#legacy.sealer : this.#current).seal(...record);
  }

  unseal(text: string): Opened {
    if (isLegacyText(text)) {
      return this.#isOver() ? { ok: false, reason: 'unknown-version' } : this.#legacy.sealer.unseal(text);
    }
    const opened = this.#current.unseal(text);
    return opened.ok && this.#isWritingLegacy() ? { ...opened, stale: true } : opened;
  }

  #isWritingLegacy(): boolean {
    return this.#legacy.isWriting && !this.#isOver();
  }

  #isOver(): boolean {
    return this.#now() >= this.#legacy.acceptUntil;
  }
}
