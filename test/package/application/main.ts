import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ClientSessionsModule,
  getSession,
  getSessionInfo,
  InjectSessionOptions,
  type ResolvedSessionOptions,
  Session,
} from 'nestjs-client-sessions';

interface Cart {
  items?: string[];
}

@Injectable()
class CustomersOnly implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return getSession<Cart>(context, 'cart').items !== undefined;
  }
}

@Controller('cart')
class CartController {
  constructor(@InjectSessionOptions('cart') private readonly options: ResolvedSessionOptions) {}

  @Post(':item')
  add(@Session('cart') cart: Session<Cart>, @Param('item') item: string): number {
    cart.items = [...(cart.items ?? []), item];
    return cart.items.length;
  }

  @Get()
  @UseGuards(CustomersOnly)
  list(@Session('cart') cart: Session<Cart>): object {
    const { name, isNew } = getSessionInfo(cart);
    return { ...cart, name, isNew, duration: this.options.duration };
  }
}

@Module({
  imports: [
    ClientSessionsModule.forRootAsync({
      sessions: [{ name: 'session' }, { name: 'cart' }],
      useFactory: () => ({
        secret: process.env['SESSION_SECRET'] ?? '',
        overrides: { cart: { duration: '120 days' } },
      }),
    }),
  ],
  controllers: [CartController],
  providers: [CustomersOnly],
})
class ApplicationModule {}

/** Serves on a free port until it is told to stop, and says where. */
async function serve(): Promise<void> {
  const app: INestApplication =
    process.argv[2] === 'fastify'
      ? await NestFactory.create(ApplicationModule, new FastifyAdapter(), { logger: ['error', 'warn'] })
      : await NestFactory.create(ApplicationModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  console.log(`http://127.0.0.1:${port}`);
}

void serve();
