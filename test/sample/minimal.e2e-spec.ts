import type { AddressInfo } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { testSessions } from 'nestjs-client-sessions/testing';
import { SECRET } from '../support/secrets.js';

describe('sample/minimal', () => {
  let app: INestApplication;

  beforeAll(async () => {
    Object.assign(process.env, { SESSION_SECRET: SECRET, PORT: '0' });
    Logger.overrideLogger(false);
    const create = jest.spyOn(NestFactory, 'create');
    await import('../../sample/minimal/main.js');
    app = (await create.mock.results[0]!.value) as INestApplication;
  });

  afterAll(() => app.close());

  test('counts the visits of each visitor', async () => {
    expect((app.getHttpServer().address() as AddressInfo).address).toBe('127.0.0.1');
    const sessions = testSessions(app);
    const [ada, grace] = [sessions.browser(), sessions.browser()];

    expect(await (await ada.get('/')).text()).toBe('Visit number 1');
    expect(await (await ada.get('/')).text()).toBe('Visit number 2');
    expect(await (await grace.get('/')).text()).toBe('Visit number 1');
    expect(await (await ada.get('/')).text()).toBe('Visit number 3');
  });

  test('begins to count anew after a day', async () => {
    const sessions = testSessions(app);
    const ada = sessions.browser().as('session', { visits: 7 });
    expect(await (await ada.get('/')).text()).toBe('Visit number 8');
    sessions.clock.advance('1 day');
    expect(await (await ada.get('/')).text()).toBe('Visit number 1');
    sessions.clock.reset();
  });
});
