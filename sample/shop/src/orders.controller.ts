import { Controller, Get, Post, Redirect, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { getSessionInfo, Logins, Session } from 'nestjs-client-sessions';
import { CartService } from './cart.service.js';
import { html } from './html.js';
import { LoginGuard } from './login.guard.js';
import { Pages } from './pages.service.js';
import type { Cart, Visit } from './sessions.js';
import { devicesView } from './views/devices.view.js';
import { ordersView } from './views/orders.view.js';

const REMEMBERED = 5;

@Controller('orders')
@UseGuards(LoginGuard)
export class OrdersController {
  constructor(
    private readonly carts: CartService,
    private readonly pages: Pages,
    private readonly logins: Logins,
  ) {}

  @Get()
  async list(@Session() session: Session<Visit>, @Res() response: Response): Promise<void> {
    const devices = await this.logins.list(session.user!);
    const { id } = getSessionInfo(session);
    const main = html`${ordersView(session.orders ?? [])} ${devicesView(devices, id, session.csrf)}`;
    this.pages.send(response, 'Your orders', main);
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
