import type { SessionOptions } from 'nestjs-client-sessions';

/** The shop's two sessions; the first is the default one. Names are code, the secret is configuration. */
export const SESSIONS = [
  { name: 'session', duration: '1 day' },
  { name: 'cart', duration: '120 days' },
] as const satisfies readonly SessionOptions[];

/** Content of `session`: who is here. */
export interface Visit {
  /** What every form has to bring back. */
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

/** Content of `cart`: what is to be bought, login or not. */
export interface Cart {
  /** Quantities by product id. */
  items?: Record<string, number>;
  /** A message that goes with the parcel. */
  note?: string;
}
