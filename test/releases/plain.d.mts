import type { SessionOptions } from '../../lib/index.js';

export function shown(value: unknown): unknown;
export function optionsOf(layout: {
  readonly options: SessionOptions;
  readonly subject?: string | undefined;
}): SessionOptions;
