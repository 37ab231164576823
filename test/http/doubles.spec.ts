import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { clientSessions, type Session } from '../../lib/index.js';
import { SECRET } from '../support/secrets.js';

/** What tests of applications hand to middleware in place of a response. */
const RESPONSES: Record<string, () => object> = {
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.create(null) as object,
  'a frozen object': () => Object.freeze({}),
  'an emitter of events': () => new EventEmitter(),
  'one that has sent its head': () => ({ headersSent: true }),
  'one that only takes headers': () => ({ setHeader: () => undefined }),
  'one with a head of its own': () => ({ writeHead: () => undefined }),
  'one that is frozen with a head of its own': () => Object.freeze({ writeHead: () => undefined }),
};

const REQUESTS: Record<string, () => object> = {
  'with headers': () => ({ headers: {} }),
  'with a cookie': () => ({ headers: { cookie: 'session=rubbish' } }),
  'without headers': () => ({}),
};

type Attach = (request: object, response: object, next: (error?: unknown) => void) => void;

describe.each(Object.entries(RESPONSES))('a double of a response: %s', (_title, makeResponse) => {
  test.each(Object.entries(REQUESTS))(
    'to a request %s has sessions, and nothing throws',
    (_kind, makeRequest) => {
      const attach = clientSessions({ cookieName: 'session', secret: SECRET }) as Attach;
      const request = makeRequest() as { session: Session };
      const response = makeResponse() as { headersSent?: boolean; writeHead?: (status: number) => void };
      const errors: unknown[] = [];
      attach(request, response, (error) => errors.push(error));

      expect(errors).toEqual([undefined]);
      request.session['a'] = 1;
      expect({ ...request.session }).toEqual({ a: 1 });
      if (response.headersSent) return;
      request.session.setDuration(1_000);
      request.session.save();
      request.session.reset();
      request.session.destroy();
      request.session = { b: 2 } as object as Session;
      response.writeHead?.(200);
      expect({ ...request.session }).toEqual({ b: 2 });
    },
  );
});
