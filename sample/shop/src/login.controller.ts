import { Body, Controller, Get, Post, Redirect, Res, UnauthorizedException } from '@nestjs/common';
import type { Response } from 'express';
import { Logins, Session } from 'nestjs-client-sessions';
import { Pages } from './pages.service.js';
import type { Cart, Visit } from './sessions.js';
import { Users } from './users.service.js';
import { loginView } from './views/login.view.js';

@Controller()
export class LoginController {
  constructor(
    private readonly users: Users,
    private readonly pages: Pages,
    private readonly logins: Logins,
  ) {}

  @Get('login')
  form(@Session() session: Session<Visit>, @Res() response: Response): void {
    this.pages.send(response, 'Log in', loginView(session.csrf));
  }

  @Post('login')
  @Redirect('/orders', 303)
  login(
    @Body('name') name: string,
    @Body('password') password: string,
    @Session() session: Session<Visit>,
    @Session('cart') cart: Session<Cart>,
  ): { url: string } {
    if (!this.users.areCredentials(name, password)) {
      throw new UnauthorizedException(`That is not the password of "${name}".`);
    }
    // The user has changed. Nothing of the visit before may remain, least of all a token that somebody else
    // may know.
    session.reset();
    session.user = name;
    return { url: cart.items ? '/cart' : '/orders' };
  }

  @Post('logout')
  @Redirect('/', 303)
  async logout(@Session() session: Session<Visit>): Promise<void> {
    await this.logins.end(session);
  }
}
