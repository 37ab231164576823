import 'reflect-metadata';
import { All, Controller, Get, Module, Req, Res } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import type { Server, ServerResponse } from 'node:http';
import { ClientSessionsModule, type ClientSessionsModuleOptions, Session } from '../../../lib/index.js';
import { type Answer, stream, type Visit, visit } from './visits.js';

type RawResponse = ServerResponse & { readonly raw?: ServerResponse; hijack?(): void };

@Controller()
export class VisitController {
  @Get('free')
  free(): string {
    return 'free';
  }

  @All('stream/:visitor')
  stream(@Session() session: Session<Visit>, @Res() response: RawResponse): void {
    response.hijack?.();
    stream(session, response.raw ?? response);
  }

  /** Asks for the session when the client has gone. */
  @All('later/:visitor')
  async later(
    @Req() request: { readonly url: string; readonly session: Session<Visit> },
    @Res({ passthrough: true }) response: RawResponse,
  ): Promise<Answer> {
    const raw = response.raw ?? response;
    await new Promise((resolve) => void raw.once('close', resolve));
    return visit(pathOf(request.url), request.session, raw);
  }

  @All('moved/:visitor')
  moved(
    @Req() { url }: { url: string },
    @Session('moved') session: Session<Visit>,
    @Res({ passthrough: true }) response: RawResponse,
  ): Promise<Answer> {
    return visit(pathOf(url), session, response.raw ?? response);
  }

  @All(':act/:visitor')
  visit(
    @Req() { url }: { url: string },
    @Session() session: Session<Visit>,
    @Res({ passthrough: true }) response: RawResponse,
  ): Promise<Answer> {
    return visit(pathOf(url), session, response.raw ?? response);
  }
}

export async function startNest(
  adapter: AbstractHttpAdapter,
  options: ClientSessionsModuleOptions,
): Promise<Server> {
  class AppModule {}
  Module({ imports: [ClientSessionsModule.forRoot(options)], controllers: [VisitController] })(AppModule);
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer() as Server;
}

/** A request to a proxy names the whole address. */
function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, '');
}
