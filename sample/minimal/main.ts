import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientSessionsModule, Session } from 'nestjs-client-sessions';

@Controller()
class VisitsController {
  @Get()
  count(@Session() session: Session<{ visits?: number }>): string {
    session.visits = (session.visits ?? 0) + 1;
    return `Visit number ${session.visits}`;
  }
}

@Module({
  imports: [
    ClientSessionsModule.forRoot({
      cookieName: 'session',
      secret: process.env.SESSION_SECRET, // 32 random bytes as text; it seals every cookie
      duration: '1 day',
    }),
  ],
  controllers: [VisitsController],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
await app.listen(process.env.PORT ?? 3000, '127.0.0.1');
