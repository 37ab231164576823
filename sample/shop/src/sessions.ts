import type { SessionOptions } from 'nestjs-client-sessions';

/**
 * The shop's two sessions; the first is the default one, and a login while it holds a user. The secret is not written
 * here: see shop.module.ts.
 */
export const SESSIONS = [
  { name: 'session', duration: '1 day', subject: ({ user }) => user },
  { name: 'cart', duration: '120 days' },
] as const satisfies readonly SessionOptions[];

/** Content of `session`: who is here. */
export interface Visit {
  /** The token that every form must send back. */
  csrf?: string;
  user?: string;
  orders?: Order[];
}

/** A receipt. A real shop keeps it in a database. */
export interface Order {
  placedAt: number;
  pieces: number;
  /** Euro cents. */
  total: number;
}

/** Content of `cart`: the products to buy, with or without a login. */
export interface Cart {
  /** Quantities by product id. */
  items?: Record<string, number>;
  /** A message that goes with the parcel. */
  note?: string;
}
