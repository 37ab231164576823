import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Controller, Get, Req } from '@nestjs/common';
import { afterEach, describe, expect, test } from '@jest/globals';
import { assertRequestKey } from '../../lib/options/request-key.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { SECRET } from '../support/secrets.js';

@Controller()
class KeysController {
  @Get('keys')
  keys(@Req() request: object): string[] {
    const keys = new Set<string>();
    for (let holder: object | null = request; holder; holder = Object.getPrototypeOf(holder) as object | null)
      for (const key of Object.getOwnPropertyNames(holder)) keys.add(key);
    return [...keys];
  }
}

afterEach(stopAll);

describe('a property of requests that is taken', () => {
  test.each(PLATFORMS)('by Nest on %s, each of them, is refused', async (platform) => {
    const { browser } = await start(platform, {
      controllers: [KeysController],
      options: { name: 'session' },
    });
    const keys = (await browser().get('/keys')).json() as string[];
    expect(keys).toContain(platform === 'express' ? 'subdomains' : 'routeOptions');
    const accepted = keys.filter((key) => isAccepted(key));
    expect(accepted.filter((key) => key !== 'session')).toEqual([]);
  });

  test.each([
    ['path', 'Express'],
    ['query', 'Express'],
    ['body', 'Express'],
    ['app', 'Express'],
    ['res', 'Express'],
    ['route', 'Express'],
    ['cookies', 'Express'],
    ['signedCookies', 'Express'],
    ['param', 'Express'],
    ['id', 'Fastify'],
    ['raw', 'Fastify'],
    ['log', 'Fastify'],
    ['server', 'Fastify'],
    ['validationError', 'Fastify'],
    ['rawBody', 'Nest'],
    ['hosts', 'Nest'],
    ['url', 'Node'],
    ['socket', 'Node'],
    ['on', 'Node'],
    ['constructor', 'JavaScript'],
    ['__proto__', 'JavaScript'],
    ['hasOwnProperty', 'JavaScript'],
    ['toString', 'JavaScript'],
  ])('%s, by default that of a session of this name, is refused as that of %s', (key, owner) => {
    for (const options of [{ name: key }, { cookieName: key }, { name: 'a', requestKey: key }]) {
      expect(() => resolveSessions({ secret: SECRET, ...options })).toThrow(
        new RegExp(
          `"requestKey": must not be "${key}", .* this property of ${owner}\\. .*another "requestKey"`,
        ),
      );
    }
    expect(resolveSessions({ secret: SECRET, name: key, requestKey: 'mine' })).toHaveLength(1);
  });
});

test.each([
  'session',
  'session_state',
  'user',
  'files',
  'file',
  'auth',
  'cart',
  'flash',
  'csrf',
  'theme',
  'account',
])('%s is free', (key) => {
  expect(isAccepted(key)).toBe(true);
  expect(key in new IncomingMessage(new Socket())).toBe(false);
});

function isAccepted(key: string): boolean {
  try {
    assertRequestKey(key);
    return true;
  } catch {
    return false;
  }
}
