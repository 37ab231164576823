import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chaos, type ChaosRequest, type TestBrowser } from 'nestjs-client-sessions/testing';
import { createShop } from '../../sample/shop/src/create-shop.js';
import { SECRET } from '../support/secrets.js';

const home = process.cwd();
let folder: string;
let shop: INestApplication;

/** The shop keeps its logins in the folder where it is started. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-races-'));
  process.chdir(folder);
  Object.assign(process.env, { SESSION_SECRET: SECRET });
  for (const name of ['REDIS_URL', 'NODE_ENV', 'PORT']) delete process.env[name];
  shop = await createShop();
});

afterAll(async () => {
  await shop.close();
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

const csrf = 'the token in all forms';
const send =
  (browser: TestBrowser, path: string, fields: Record<string, string> = {}): ChaosRequest =>
  () =>
    browser.post(path, new URLSearchParams({ csrf, ...fields }));

const visitOf = async (browser: TestBrowser): Promise<string> => (await browser.get('/')).text();

describe('requests that overtake each other in the shop', () => {
  test('undo no logout', async () => {
    await chaos(shop, {
      rounds: 60,
      scenario: async (browser) => {
        browser.as('session', { csrf, user: 'ada' }).as('cart', { items: { sencha: 1 } });
        return [
          () => browser.get('/'),
          send(browser, '/cart/items', { product: 'oolong' }),
          send(browser, '/logout'),
        ];
      },
      check: async (browser) => {
        expect(await visitOf(browser)).not.toContain('Log out ada');
        expect(browser.session('cart')?.items).toMatchObject({ sencha: 1 });
      },
    });
  });

  test('undo no login', async () => {
    await chaos(shop, {
      scenario: async (browser) => {
        browser.as('session', { csrf });
        return [() => browser.get('/cart'), send(browser, '/login', { name: 'ada', password: 'lovelace' })];
      },
      check: async (browser) => expect(await visitOf(browser)).toContain('Log out ada'),
    });
  });
});
