import { afterEach, expect, test } from '@jest/globals';
import { encodeLegacy } from '../../lib/sealing/legacy-format.js';
import { resolveLegacyKeys } from '../../lib/sealing/legacy-keys.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { Clock, HOUR, MINUTE, SECOND } from '../support/session.js';

afterEach(stopServers);

test('a prolonged legacy cookie, which does not say when it was written, does not undo later writes', async () => {
  const clock = new Clock();
  const secret = 'a legacy secret of the old servers';
  const legacy = { secret, cookieName: 'old', acceptUntil: new Date(clock.time + 24 * HOUR) };
  const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
    const value = new URL(request.url!, 'http://x').searchParams.get('value');
    if (value) request['cart'].value = value;
    response.end(request['cart'].value);
  };
  const times = { duration: HOUR, activeDuration: HOUR };
  const server = await serve(handle, { cookieName: 'cart', legacy, now: clock.now, ...times });
  const keys = resolveLegacyKeys({ secret }, 'legacy');
  const cookie = { json: '{"value":"legacy"}', createdAt: clock.time + 50 * MINUTE, duration: HOUR };
  const old = `old=${encodeLegacy(keys, 'old', cookie)}`;

  const page = await fetch(`${server.origin}/?value=new`, { headers: { cookie: old } });
  const [written] = page.headers.getSetCookie().filter((header) => header.startsWith('cart='));
  for (let i = 0; i < 3; i++) {
    clock.pass(10 * SECOND);
    const both = `${old}; ${written!.split(';')[0]}`;
    expect(await (await fetch(server.origin, { headers: { cookie: both } })).text()).toBe('new');
  }
});
