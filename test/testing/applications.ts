import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Param,
  Post,
  type Type,
  UnauthorizedException,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  ClientSessionsModule,
  type ClientSessionsModuleOptions,
  defineSession,
  Session,
  type SessionOf,
} from 'nestjs-client-sessions';
import { z } from 'zod';
import type { Platform } from '../support/application.js';
import { SECRET } from '../support/secrets.js';

export const Auth = defineSession<{ userId?: string; visits: number }>('auth', { defaults: { visits: 0 } });

export const Cart = defineSession('cart', {
  schema: z.object({ items: z.array(z.string()).default([]), note: z.string().max(5000).optional() }),
  duration: '10 days',
});

@Controller()
export class ShopController {
  @Post('login')
  login(@Session(Auth) auth: SessionOf<typeof Auth>, @Body() { userId }: { userId: string }): void {
    auth.reset();
    auth.userId = userId;
  }

  @Post('logout')
  logout(@Session(Auth) auth: SessionOf<typeof Auth>): void {
    auth.destroy();
  }

  @Get('me')
  me(@Session(Auth) auth: SessionOf<typeof Auth>): object {
    if (!auth.userId) throw new UnauthorizedException();
    return { userId: auth.userId, visits: auth.visits };
  }

  /** Counts, so that it writes the whole login again. */
  @Get('news')
  news(@Session(Auth) auth: SessionOf<typeof Auth>): object {
    auth.visits += 1;
    return {};
  }

  @Post('cart/:item')
  add(@Session(Cart) cart: SessionOf<typeof Cart>, @Param('item') item: string): void {
    cart.items.push(item);
  }

  @Get('cart')
  list(@Session(Cart) cart: SessionOf<typeof Cart>): object {
    return { ...cart };
  }
}

const open = new Set<INestApplication>();

/** An application that does not listen. */
export async function applicationOn(
  platform: Platform,
  options: Partial<ClientSessionsModuleOptions> = {},
  controllers: Type[] = [ShopController],
  sessions = ClientSessionsModule.forRoot({ secret: SECRET, sessions: [Auth, Cart], ...options } as never),
): Promise<INestApplication> {
  const module = await Test.createTestingModule({ imports: [sessions], controllers }).compile();
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = module.createNestApplication(adapter as never, { logger: false });
  open.add(app);
  return app;
}

export async function closeApplications(): Promise<void> {
  for (const app of open) await app.close();
  open.clear();
}
