import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { SessionUnavailableError } from '../../lib/errors/session-unavailable.error.js';
import {
  createRequestProperty,
  definePropertyOfAll,
  defineRequestProperty,
} from '../../lib/http/request-property.js';
import { SessionManager } from '../../lib/http/session-manager.js';
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
      /another middleware already.*Remove one of the two, or choose another "requestKey"\.$/,
    );
  });

  test('may stay where it is the same one', () => {
    const property = propertyOf('session');
    const request = {};
    defineRequestProperty(request, property);
    expect(() => defineRequestProperty(request, property)).not.toThrow();
  });
});

describe('a property that something else has defined in an odd way', () => {
  test.each<[string, object]>([
    ['half of what express-session sets', { session: {}, sessionStore: {} }],
    ['the other half', { session: {}, sessionID: 'id' }],
    ['a proxy that claims to have everything', new Proxy({}, { has: (_target, key) => key === 'session' })],
  ])('is of nobody known: %s', (_what, request) => {
    expect(() => defineRequestProperty(request, propertyOf('session'))).toThrow(
      expect.objectContaining({
        option: 'requestKey',
        message: expect.stringContaining('another middleware already'),
      }),
    );
  });
});

describe('the property of a session', () => {
  type Requests = Record<string, unknown>;

  const silent = {
    log: () => undefined,
    debug: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const managerOf = (name: string): SessionManager => new SessionManager({ name, secret: SECRET }, silent);

  test("opens the session, on Node's request and on one that holds it", () => {
    const manager = managerOf('cart');
    const [property] = manager.properties;
    const raw = new IncomingMessage(new Socket());
    const outer: Requests = { raw };
    const sessions = manager.attach(raw);
    for (const request of [raw as unknown as Requests, outer]) {
      defineRequestProperty(request, property!);
      expect(request['cart']).toBe(sessions.get('cart'));
      expect(() => (request['cart'] = { user: 'ada' })).toThrow(/read-only|handshake|no response/i);
    }
  });

  test('is undefined on a request without sessions, and says that nothing can be stored', () => {
    const [property] = managerOf('cart').properties;
    for (const request of [new IncomingMessage(new Socket()), { raw: undefined }] as Requests[]) {
      defineRequestProperty(request, property!);
      expect(request['cart']).toBeUndefined();
      for (const nothing of [undefined, null]) expect(() => (request['cart'] = nothing)).not.toThrow();
      expect(() => (request['cart'] = {})).toThrow(
        new SessionUnavailableError(
          'The session "cart" cannot be stored, because this request has no sessions. ' +
            'Check "forRoutes" and "exclude" of ClientSessionsModule.',
        ),
      );
    }
  });

  test('can be taken away again', () => {
    const request: Requests = {};
    defineRequestProperty(request, propertyOf('cart'));
    expect(delete request['cart']).toBe(true);
    const requests: Requests = Object.create(request) as Requests;
    definePropertyOfAll(requests, propertyOf('cart'));
    expect(delete requests['cart']).toBe(true);
  });

  describe('of all requests', () => {
    const around = (): Requests => {
      const requests = Object.create(IncomingMessage.prototype) as Requests;
      definePropertyOfAll(requests, propertyOf('cart'));
      return requests;
    };
    const getterOf = (requests: object): unknown => Object.getOwnPropertyDescriptor(requests, 'cart')?.get;

    test('may hide that of an application around this one', () => {
      const [outer, property] = [around(), propertyOf('cart')];
      const inner = Object.create(outer) as Requests;
      definePropertyOfAll(inner, property);
      expect([getterOf(inner), getterOf(outer) === property.get]).toEqual([property.get, false]);
      expect(delete inner['cart']).toBe(true);
    });

    test('may not replace another one of the same application', () => {
      const requests = around();
      expect(() => definePropertyOfAll(requests, propertyOf('cart'))).toThrow(
        /another configuration of sessions already.*in one call, or give one of the two another name\.$/,
      );
    });

    test.each<[string, object]>([
      [
        'a getter',
        {
          get cart() {
            return {};
          },
        },
      ],
      ['a value', { cart: {} }],
      ['a function', { cart: () => undefined }],
    ])('may not hide %s of other code', (_what, outer) => {
      expect(() => definePropertyOfAll(Object.create(outer) as object, propertyOf('cart'))).toThrow(
        /must not be "cart"/,
      );
    });
  });
});
