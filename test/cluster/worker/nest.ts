import 'reflect-metadata';
import type { Server } from 'node:http';
import { Controller, Get, Module, Param, ParseIntPipe, Post } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ClientSessionsModule, type ClientSessionsModuleOptions, Session } from '../../../lib/index.js';
import { count, enter, look, type Visit } from './visit.js';

@Controller()
export class VisitController {
  @Post('enter/:visitor')
  enter(@Param('visitor', ParseIntPipe) visitor: number, @Session() session: Session<Visit>): Visit {
    return enter(session, visitor);
  }

  @Post('count')
  count(@Session() session: Session<Visit>): Visit {
    return count(session);
  }

  @Get('look')
  look(@Session() session: Session<Visit>): Visit {
    return look(session);
  }
}

export async function serveNest(
  adapter: AbstractHttpAdapter,
  options: ClientSessionsModuleOptions,
): Promise<Server> {
  class AppModule {}
  Module({ imports: [ClientSessionsModule.forRoot(options)], controllers: [VisitController] })(AppModule);
  const app = await NestFactory.create(AppModule, adapter, { logger: ['error', 'fatal'] });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer() as Server;
}
