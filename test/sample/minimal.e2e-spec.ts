import type { AddressInfo } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Browser } from '../support/browser.js';
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
    const { address, port } = app.getHttpServer().address() as AddressInfo;
    expect(address).toBe('127.0.0.1');
    const [ada, grace] = [new Browser(`http://127.0.0.1:${port}`), new Browser(`http://127.0.0.1:${port}`)];

    expect((await ada.get('/')).text).toBe('Visit number 1');
    expect((await ada.get('/')).text).toBe('Visit number 2');
    expect((await grace.get('/')).text).toBe('Visit number 1');
    expect((await ada.get('/')).text).toBe('Visit number 3');
  });
});
