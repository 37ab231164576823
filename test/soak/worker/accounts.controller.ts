import { Body, Controller, Get, Inject, Param, ParseIntPipe, Post } from '@nestjs/common';
import { defineSession, Logins, Session, type SessionOf } from '../../../lib/index.js';
import type { Holder } from './settings.js';

/** A login: who, a number that the visitor gives it, its epoch, and how often it was changed. */
export const Auth = defineSession<{ user?: string; login?: number; epoch?: number; visits?: number }>(
  'auth',
  {
    subject: ({ user }) => user,
    idleDuration: '10 minutes',
  },
);
type Auth = SessionOf<typeof Auth>;

/** Every answer says which login the request came with. */
interface Answer {
  readonly holder: Holder | null;
}

@Controller()
export class AccountsController {
  constructor(@Inject(Logins) private readonly logins: Logins) {}

  @Get('me')
  me(@Session(Auth) auth: Auth): Answer {
    return { holder: holderOf(auth) };
  }

  @Post('login/:user/:login')
  login(
    @Session(Auth) auth: Auth,
    @Param('user') user: string,
    @Param('login', ParseIntPipe) login: number,
  ): Answer {
    auth.reset();
    Object.assign(auth, { user, login, epoch: 0 });
    return { holder: holderOf(auth) };
  }

  @Post('visit')
  visit(@Session(Auth) auth: Auth): Answer {
    if (auth.user !== undefined) auth.visits = (auth.visits ?? 0) + 1;
    return { holder: holderOf(auth) };
  }

  @Post('logout')
  async logout(@Session(Auth) auth: Auth): Promise<Answer> {
    const holder = holderOf(auth);
    await this.logins.end(auth);
    return { holder };
  }

  @Post('everywhere')
  async everywhere(@Session(Auth) auth: Auth): Promise<Answer> {
    const holder = holderOf(auth);
    if (holder) await this.logins.endAll(holder.user);
    return { holder };
  }

  @Post('elsewhere')
  async elsewhere(@Session(Auth) auth: Auth): Promise<Answer> {
    const holder = holderOf(auth);
    if (holder) {
      await this.logins.endAll(holder.user, { except: auth });
      auth.epoch = holder.epoch + 1;
    }
    return { holder };
  }

  /** For a user whose "everywhere" got no answer: somebody of the staff tries again. */
  @Post('staff/everywhere/:user')
  async everywhereFor(@Param('user') user: string): Promise<object> {
    await this.logins.endAll(user);
    return {};
  }

  @Get('devices')
  async devices(@Session(Auth) auth: Auth): Promise<object> {
    const holder = holderOf(auth);
    return { holder, devices: holder ? await this.logins.list(holder.user) : [] };
  }

  @Post('end')
  async end(@Body() { id }: { id: string }): Promise<object> {
    await this.logins.endById(id);
    return {};
  }
}

function holderOf({ user, login, epoch }: Auth): Holder | null {
  return user === undefined ? null : { user, login: login!, epoch: epoch! };
}
