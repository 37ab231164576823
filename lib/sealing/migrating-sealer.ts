import { isLegacyText } from './legacy-format.js';
import type { Opened, Sealer } from './sealer.js';

/** How to treat cookies of client-sessions beside those of this package. */
export interface LegacySide {
  readonly sealer: Sealer;
  /** Whether new cookies are still written in the legacy format, because legacy servers must read them. */
  readonly isWriting: boolean;
  /** From this time on, the legacy format is neither read nor written: ms since epoch. */
  readonly acceptUntil: number;
}

/**
 * Reads legacy cookies and current ones. The syntax of a cookie decides which of the two it is, before any
 * cryptography, and the other sealer is never tried. A cookie is stale if new cookies are written in the other format.
 * So every visit prepares the next deployment, and also the way back.
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
