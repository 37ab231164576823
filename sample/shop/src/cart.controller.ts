import { Body, Controller, Get, Param, ParseIntPipe, Post, Redirect, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Session } from 'nestjs-client-sessions';
import { CartService } from './cart.service.js';
import { Pages } from './pages.service.js';
import type { Cart, Visit } from './sessions.js';
import { cartView } from './views/cart.view.js';

@Controller('cart')
export class CartController {
  constructor(
    private readonly carts: CartService,
    private readonly pages: Pages,
  ) {}

  @Get()
  show(
    @Session() session: Session<Visit>,
    @Session('cart') cart: Session<Cart>,
    @Res() response: Response,
  ): void {
    const [lines, total] = [this.carts.lines(cart), this.carts.total(cart)];
    this.pages.send(response, 'Your cart', cartView({ cart, lines, total, visit: session }));
  }

  @Post('items')
  @Redirect('/', 303)
  add(@Body('product') id: string, @Session('cart') cart: Session<Cart>): { url: string } {
    this.carts.add(cart, id);
    return { url: `/#${id}` };
  }

  @Post('items/:product')
  @Redirect('/cart', 303)
  change(
    @Param('product') id: string,
    @Body('quantity', ParseIntPipe) quantity: number,
    @Session('cart') cart: Session<Cart>,
  ): void {
    this.carts.change(cart, id, quantity);
  }

  @Post('note')
  @Redirect('/cart', 303)
  write(@Body('note') note: unknown, @Session('cart') cart: Session<Cart>): void {
    if (typeof note === 'string' && note.trim()) cart.note = note.trim();
    else delete cart.note;
  }

  @Post('empty')
  @Redirect('/cart', 303)
  empty(@Session('cart') cart: Session<Cart>): void {
    cart.destroy();
  }
}
