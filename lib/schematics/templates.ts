import type { Project } from './project.js';

/** The name of the session that a new project gets, in code. */
export const SESSION = 'Visitor';

export function sessionsFile(): string {
  return `import { defineSession } from 'nestjs-client-sessions';

/** What the application remembers of a visitor. */
export interface VisitorContent {
  visits?: number;
}

/** In a controller: @Session(Visitor) visitor: SessionOf<typeof Visitor> */
export const Visitor = defineSession<VisitorContent>('session', {
  duration: '1 day',
});
`;
}

interface TestOptions extends Pick<Project, 'testRunner' | 'platform'> {
  /** The root module's class, and from where the test imports it. */
  readonly module: string;
  readonly modulePath: string;
  readonly isDefaultExport: boolean;
  readonly sessionsPath: string;
}

export function testFile(options: TestOptions): string {
  const { testRunner, platform, module, modulePath, isDefaultExport, sessionsPath } = options;
  const isFastify = platform === 'fastify';
  const lines = [
    "import { randomBytes } from 'node:crypto';",
    isFastify ? undefined : "import type { Server } from 'node:http';",
    `import { Controller, Get${isFastify ? '' : ', type INestApplication'} } from '@nestjs/common';`,
    isFastify
      ? "import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';"
      : undefined,
    "import { Test } from '@nestjs/testing';",
    "import { Session, type SessionOf } from 'nestjs-client-sessions';",
    "import request from 'supertest';",
    testRunner === 'vitest'
      ? "import { afterAll, beforeAll, describe, expect, it } from 'vitest';"
      : undefined,
    `import ${isDefaultExport ? module : `{ ${module} }`} from '${modulePath}';`,
    `import { ${SESSION} } from '${sessionsPath}';`,
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}

// A machine without a .env file, such as one that only runs tests, gets a secret of its own.
process.env.SESSION_SECRET ??= randomBytes(32).toString('base64url');

@Controller('session-test')
class VisitsController {
  @Get()
  count(@Session(${SESSION}) visitor: SessionOf<typeof ${SESSION}>) {
    visitor.visits = (visitor.visits ?? 0) + 1;
    return { visits: visitor.visits };
  }
}

describe('Sessions (e2e)', () => {
  let app: ${isFastify ? 'NestFastifyApplication' : 'INestApplication<Server>'};

  beforeAll(async () => {
    const testingModule = await Test.createTestingModule({
      imports: [${module}],
      controllers: [VisitsController],
    }).compile();
    app = testingModule.createNestApplication(${isFastify ? 'new FastifyAdapter()' : ''});
    await app.init();${isFastify ? '\n    await app.getHttpAdapter().getInstance().ready();' : ''}
  });

  afterAll(() => app.close());

  it('recognises a visitor who comes again', async () => {
    const visitor = request.agent(app.getHttpServer());
    await visitor.get('/session-test').expect(200, { visits: 1 });
    const second = await visitor.get('/session-test');
    expect(second.body).toEqual({ visits: 2 });

    const stranger = await request(app.getHttpServer()).get('/session-test');
    expect(stranger.body).toEqual({ visits: 1 });
  });
});
`;
}
