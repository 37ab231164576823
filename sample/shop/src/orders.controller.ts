import { Controller, Get, Post, Redirect, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { Session } from 'nestjs-client-sessions';
import { CartService } from './cart.service.js';
import { LoginGuard } from './login.guard.js';
import { Pages } from './pages.service.js';
import type { Cart, Visit } from './sessions.js';
import { ordersView } from './views/orders.view.js';

const REMEMBERED = 5;

@Controller('orders')
@UseGuards(LoginGuard)
export class OrdersController {
  constructor(
    private readonly carts: CartService,
    private readonly pages: Pages,
  ) {}

  @Get()
  list(@Session() session: Session<Visit>, @Res() response: Response): void {
    this.pages.send(response, 'Your orders', ordersView(session.orders ?? []));
  }

  @Post()
  @Redirect('/orders', 303)
  place(@Session() session: Session<Visit>, @Session('cart') cart: Session<Cart>): void {
    const pieces = this.carts.pieces(cart);
    if (pieces === 0) return;
    const order = { placedAt: Date.now(), pieces, total: this.carts.total(cart) };
    session.orders = [order, ...(session.orders ?? [])].slice(0, REMEMBERED);
    cart.destroy();
  }
}
