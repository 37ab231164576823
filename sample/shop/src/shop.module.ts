import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ClientSessionsModule } from 'nestjs-client-sessions';
import { CartController } from './cart.controller.js';
import { CartService } from './cart.service.js';
import { Catalogue } from './catalogue.service.js';
import { type Configuration, configuration } from './configuration.js';
import { CsrfGuard } from './csrf.guard.js';
import { DevicesController } from './devices.controller.js';
import { ErrorPage } from './error-page.filter.js';
import { LoginController } from './login.controller.js';
import { OrdersController } from './orders.controller.js';
import { Pages } from './pages.service.js';
import { Panel } from './panel.service.js';
import { ProductsController } from './products.controller.js';
import { revocations } from './revocations.js';
import { SESSIONS } from './sessions.js';
import { SetCookieLog } from './set-cookie-log.service.js';
import { Users } from './users.service.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [configuration] }),
    ClientSessionsModule.forRootAsync({
      sessions: SESSIONS,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Configuration, true>) => ({
        secret: config.get('secret', { infer: true }),
        revocations: revocations(config.get('redisUrl', { infer: true })),
      }),
    }),
  ],
  controllers: [ProductsController, CartController, LoginController, OrdersController, DevicesController],
  providers: [
    Catalogue,
    CartService,
    Users,
    Pages,
    Panel,
    SetCookieLog,
    { provide: APP_GUARD, useClass: CsrfGuard },
    { provide: APP_FILTER, useClass: ErrorPage },
  ],
})
export class ShopModule implements NestModule {
  constructor(private readonly log: SetCookieLog) {}

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(this.log.record).forRoutes('{*splat}');
  }
}
