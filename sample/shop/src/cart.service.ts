import { Injectable, NotFoundException } from '@nestjs/common';
import { Catalogue, type Product } from './catalogue.service.js';
import type { Cart } from './sessions.js';

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}

const MOST = 99;

/** Reads and changes carts. A cart is a plain object, and the session sees every change by itself. */
@Injectable()
export class CartService {
  constructor(private readonly catalogue: Catalogue) {}

  lines({ items = {} }: Cart): CartLine[] {
    return this.catalogue.products
      .filter(({ id }) => items[id])
      .map((product) => ({ product, quantity: items[product.id]! }));
  }

  pieces(cart: Cart): number {
    return this.lines(cart).reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** Euro cents. */
  total(cart: Cart): number {
    return this.lines(cart).reduce((sum, { product, quantity }) => sum + quantity * product.price, 0);
  }

  add(cart: Cart, id: string): void {
    this.change(cart, id, (cart.items?.[id] ?? 0) + 1);
  }

  /** @param quantity 0 removes the product */
  change(cart: Cart, id: string, quantity: number): void {
    if (!this.catalogue.find(id)) throw new NotFoundException('There is no such tea.');
    const items = (cart.items ??= {});
    if (quantity > 0) items[id] = Math.min(quantity, MOST);
    else delete items[id];
  }
}
