import type { RefusalReason, SessionOptions } from '../../lib/index.js';

/** What a browser had when a release was made, and what the release read from it. */
export interface Frozen {
  readonly name: string;
  readonly options: SessionOptions;
  readonly subject?: string;
  readonly facts: readonly { readonly text: string; readonly until: number }[];
  /** When it is opened: ms since epoch. */
  readonly now: number;
  readonly cookies: Readonly<Record<string, string>>;
  readonly content?: object;
  readonly info?: { readonly createdAt: number; readonly expiresAt?: number; readonly id?: string };
  readonly refused?: RefusalReason;
}

export function shown(value: unknown): unknown;
export function optionsOf(layout: Frozen): SessionOptions;
export function isAlone(layout: Frozen): boolean;
