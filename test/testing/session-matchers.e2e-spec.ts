import { afterEach, describe, expect, test } from '@jest/globals';
import { sessionMatchers, testSessions } from 'nestjs-client-sessions/testing';
import { PLATFORMS } from '../support/application.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { applicationOn, Auth, Cart, closeApplications } from './applications.js';

afterEach(closeApplications);

describe.each(PLATFORMS)('the matchers of sessions in Jest, on %s', (platform) => {
  async function visit() {
    const sessions = testSessions(await applicationOn(platform));
    expect.extend(sessionMatchers(sessions));
    const browser = sessions.browser();
    const login = await browser.post('/login', { userId: '42' });
    const me = await browser.get('/me');
    const logout = await browser.post('/logout');
    return { login, me, logout, browser, sessions };
  }

  test('accept what is so', async () => {
    const { login, me, logout } = await visit();
    expect(login).toHaveSession(Auth);
    expect(login).toHaveSession('auth', { userId: '42' });
    expect(login).toHaveSession(Auth, { userId: expect.stringMatching(/^\d+$/) as never, visits: 0 });
    expect(login).not.toHaveSession(Auth, { userId: '43' });
    expect(login).not.toHaveSession(Cart);
    expect(login).not.toClearSession(Auth);
    expect(me).not.toHaveSession(Auth);
    expect(logout).toClearSession(Auth);
    expect(logout).not.toHaveSession(Auth);
  });

  test('say what is so instead, without the values of cookies', async () => {
    const { login, me, logout } = await visit();
    const saidBy = (check: () => void): string => {
      try {
        check();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    };
    const messages = [
      saidBy(() => expect(login).toHaveSession(Auth, { userId: '43' })),
      saidBy(() => expect(login).not.toHaveSession(Auth, { userId: '42' })),
      saidBy(() => expect(login).toHaveSession(Cart)),
      saidBy(() => expect(login).toClearSession(Auth)),
      saidBy(() => expect(me).toHaveSession(Auth)),
      saidBy(() => expect(logout).toHaveSession(Auth)),
      saidBy(() => expect(logout).not.toClearSession(Auth)),
      saidBy(() => expect(logout).toClearSession(Cart)),
    ];
    const stored = 'it stores {"userId": "42", "visits": 0}.';
    expect(messages).toEqual([
      `The response must store the session "auth" with {"userId": "43"}, but ${stored}`,
      `The response must not store the session "auth" with {"userId": "42"}, but ${stored}`,
      'The response must store the session "cart", but it tells nothing of "cart". ' +
        'Its status is 201, and it sets the cookies auth.',
      `The response must clear the session "auth", but ${stored}`,
      'The response must store the session "auth", but it tells nothing of "auth". ' +
        'Its status is 200, and it has no Set-Cookie header.',
      'The response must store the session "auth", but it clears it.',
      'The response must not clear the session "auth", but it clears it.',
      expect.stringMatching(/^The response must clear the session "cart", .* clears the cookies auth\.$/),
    ]);
  });

  test('count a session that was only used as not stored', async () => {
    const sessions = testSessions(await applicationOn(platform, { idleDuration: '30 minutes' }));
    expect.extend(sessionMatchers(sessions));
    const browser = sessions.browser().as(Auth, { userId: '42' });
    sessions.clock.advance('20 minutes');
    const me = await browser.get('/me');
    expect(sessions.read(me, Auth)).toMatchObject({ renewed: true });
    expect(me).not.toHaveSession(Auth);
    expect(() => expect(me).toHaveSession(Auth)).toThrow(/the handler has changed nothing/);
  });

  test('count a session that was only sealed anew as not stored', async () => {
    const old = testSessions(await applicationOn(platform, { secret: SECRET }));
    const sessions = testSessions(await applicationOn(platform, { secret: [OTHER_SECRET, SECRET] }));
    expect.extend(sessionMatchers(sessions));
    const me = await sessions.browser().get('/me', { headers: old.as(Auth, { userId: '42' }) });
    expect(sessions.read(me, Auth)).toMatchObject({ renewed: true, content: { userId: '42' } });
    expect(me).not.toHaveSession(Auth);
  });
});
