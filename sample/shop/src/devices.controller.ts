import { Body, Controller, NotFoundException, Post, Redirect, UseGuards } from '@nestjs/common';
import { Logins, Session } from 'nestjs-client-sessions';
import { LoginGuard } from './login.guard.js';
import type { Visit } from './sessions.js';

/** The devices on which a user is logged in. They are listed beside the orders. */
@Controller('devices')
@UseGuards(LoginGuard)
export class DevicesController {
  constructor(private readonly logins: Logins) {}

  @Post('end')
  @Redirect('/orders', 303)
  async end(@Body('id') id: unknown, @Session() session: Session<Visit>): Promise<void> {
    // Whoever sends the form chooses the id, so it may be that of another user.
    const devices = await this.logins.list(session.user!);
    const device = devices.find((each) => each.id === id);
    if (!device) throw new NotFoundException('This device is logged out already.');
    await this.logins.endById(device.id);
  }

  @Post('end-all')
  @Redirect('/login', 303)
  async endAll(@Session() session: Session<Visit>): Promise<void> {
    await this.logins.endAll(session.user!);
    session.destroy();
  }
}
