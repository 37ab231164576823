import type { Release } from './settings.js';

export type ShopName = 'cart' | 'basket';

/** What a session of the shop holds, whatever its release and its layout. */
export interface Goods {
  readonly owner: number;
  readonly items: readonly string[];
  readonly tags: readonly string[];
}

/** What a response tells of the session in its head, where it is known as soon as the cookies are. */
export interface ShopNews {
  readonly before: Goods | null;
  readonly after: Goods | null;
  readonly refused: string | undefined;
  readonly release: Release;
}

export const NEWS_HEADER = 'x-news';
export const WAIT_HEADER = 'x-wait';
