import { describe, expect, test } from '@jest/globals';
import { createRequestProperty, defineRequestProperty } from '../../lib/http/request-property.js';
import { SECRET } from '../support/secrets.js';
import { startSessions } from '../support/session.js';

const propertyOf = (name: string) => {
  const [session] = startSessions({ name, secret: SECRET });
  return createRequestProperty(session!);
};

describe('a property that is there already', () => {
  const EXPRESS_SESSION = { session: { cookie: {} }, sessionStore: {}, sessionID: 'id' };
  const COOKIE_SESSION = {
    sessionOptions: {},
    get session() {
      return {};
    },
  };

  test.each<[string, object]>([
    ['express-session', EXPRESS_SESSION],
    ['cookie-session', COOKIE_SESSION],
  ])('is known as that of %s', (library, request) => {
    expect(() => defineRequestProperty(request, propertyOf('session'))).toThrow(
      new RegExp(
        `must not be "session", because ${library} already put it on the request\\. ` +
          `Remove ${library}, or choose another "requestKey"\\.$`,
      ),
    );
  });

  test.each<[string, string, object]>([
    ['no library is known', 'session', { session: {} }],
    ['another property is meant than that of express-session', 'cart', { ...EXPRESS_SESSION, cart: [] }],
    ['another property is meant than that of cookie-session', 'cart', { sessionOptions: {}, cart: [] }],
  ])('may be of anybody where %s', (_title, name, request) => {
    expect(() => defineRequestProperty(request, propertyOf(name))).toThrow(
      /another middleware or a second configuration.*Remove one of the two, or choose another "requestKey"\.$/,
    );
  });

  test('may stay where it is the same one', () => {
    const property = propertyOf('session');
    const request = {};
    defineRequestProperty(request, property);
    expect(() => defineRequestProperty(request, property)).not.toThrow();
  });
});
