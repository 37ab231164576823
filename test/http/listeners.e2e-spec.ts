import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { SessionManager } from '../../lib/http/session-manager.js';
import {
  type ClientSessionsOptions,
  SESSION_ACTIVITY_CHANNEL,
  SESSION_EVENTS_CHANNEL,
  type SessionEvent,
} from '../../lib/index.js';
import { SECRET } from '../support/secrets.js';
import { type AnyRequest, type Handler, serve, stopServers } from '../support/server.js';
import { Clock, MINUTE } from '../support/session.js';

afterEach(() => {
  stopServers();
  jest.restoreAllMocks();
});

const LOGGED_OUT: Partial<ClientSessionsOptions> = { issuedAfter: '2020-01-01' };

/** What a browser brings, so that the opening of its session is told, and what is told. */
const BROUGHT: Record<
  string,
  [options: Partial<ClientSessionsOptions>, cookie: (own: string) => string, tales: string[]]
> = {
  'a cookie that is refused': [LOGGED_OUT, () => 'session=junk', ['refused']],
  'two genuine cookies': [LOGGED_OUT, (own) => `${own}; ${own}`, ['duplicate', 'warning', 'opened']],
  'content that nobody understands': [
    {
      subject: () => {
        throw new Error('nobody');
      },
    },
    (own) => own,
    ['warning', 'refused'],
  ],
};

describe.each(Object.keys(BROUGHT))('a listener that asks for the session when it hears of %s', (brought) => {
  const [options, cookieOf, tales] = BROUGHT[brought]!;

  async function visit(listen: (session: { user?: string; seen?: string[] }) => void) {
    const own = `session=${
      (await (await serve(({ session }) => void (session.user = 'ada'))).get('/')).headers
        .getSetCookie()
        .join()
        .match(/session=([^;]+)/)![1]!
    }`;
    const heard: string[] = [];
    let current: AnyRequest | undefined;
    const hear = (event: unknown): void => {
      const { type, session } = event as { type: string; session: string };
      if (session !== 'session' || !current) return;
      heard.push(type);
      listen(current['session'] as object);
    };
    subscribe(SESSION_EVENTS_CHANNEL, hear);
    subscribe(SESSION_ACTIVITY_CHANNEL, hear);
    try {
      const browser = await serve((request, response) => {
        current = request;
        const said = JSON.stringify(request['session']);
        current = undefined;
        response.end(said);
      }, options);
      const answer = await browser.get('/', { headers: { cookie: cookieOf(own) } });
      return { heard, said: await answer.json(), setCookies: answer.headers.getSetCookie() };
    } finally {
      unsubscribe(SESSION_EVENTS_CHANNEL, hear);
      unsubscribe(SESSION_ACTIVITY_CHANNEL, hear);
    }
  }

  test('is told once, and has the session of the handler', async () => {
    const { heard, said } = await visit((session) => (session.seen ??= []).push(session.user ?? 'nobody'));
    expect(heard).toEqual(tales);
    const user = tales.includes('opened') ? { user: 'ada' } : {};
    expect(said).toEqual({ ...user, seen: tales.map(() => user.user ?? 'nobody') });
  });
});

/** A server whose listener does something with the request that is being answered, until its response is over. */
async function serveListening(
  handle: Handler,
  listen: (request: AnyRequest, event: SessionEvent) => void,
  options: Partial<ClientSessionsOptions>,
) {
  let current: AnyRequest | undefined;
  const onEvent = (event: SessionEvent): void => {
    if (current) listen(current, event);
  };
  return serve(
    (request, response) => {
      current = request;
      handle(request, response);
    },
    { ...options, onEvent },
  );
}

describe('a listener that asks for a session', () => {
  const count: Handler = ({ session }, response) => {
    session.count = (session.count ?? 0) + 1;
    response.setHeader('x-count', session.count);
  };

  test('hears of secrets that cannot be fetched, and one session is written', async () => {
    const clock = new Clock();
    const heard: string[] = [];
    let isDown = false;
    const secret = (): string => {
      if (isDown) throw new Error('down');
      return SECRET;
    };
    const listen = ({ session }: AnyRequest, { type }: SessionEvent): void => {
      heard.push(type);
      session.told = true;
    };
    const options = { secret, secretRefresh: '1 minute', now: clock.now };
    const browser = await serveListening(count, listen, options);
    await browser.get('/');
    heard.length = 0;
    clock.pass(2 * MINUTE);
    isDown = true;
    const { setCookies } = await browser.get('/');
    expect(heard).toContain('keys-failed');
    expect(setCookies).toHaveLength(1);
    const { headers } = await browser.get('/');
    expect(headers.get('x-count')).toBe('3');
  });

  test('when the head is made, changes nothing any more, and hears of that', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const lost: string[] = [];
    const listen = (request: AnyRequest, event: SessionEvent): void => {
      if (event.type === 'budget') request['audit'].seen = true;
      if (event.type === 'lost') lost.push(event.session);
    };
    let closed: Promise<unknown> | undefined;
    const handle: Handler = (request, response) => {
      count(request, response);
      closed = once(response, 'close');
    };
    const sessions = [{ name: 'session' }, { name: 'audit' }];
    const browser = await serveListening(handle, listen, {
      cookieName: undefined,
      sessions,
      headerBudget: { out: 50 },
    });
    const { setCookies } = await browser.get('/');
    await closed;
    expect(setCookies.map((header) => header.split('=')[0])).toEqual(['session']);
    expect(lost).toEqual(['audit']);
  });

  test('of another copy of this package', async () => {
    let Other!: typeof SessionManager;
    await jest.isolateModulesAsync(async () => {
      ({ SessionManager: Other } = await import('../../lib/http/session-manager.js'));
    });
    expect(Other).not.toBe(SessionManager);
    let told = 0;
    const silent = { log: jest.fn(), debug: jest.fn(), warn: jest.fn(), error: jest.fn() };
    const first = new SessionManager({ secret: SECRET, sessions: [{ name: 'first' }] }, silent);
    const onEvent = ({ type }: SessionEvent): void => {
      if (type !== 'refused') return;
      told++;
      sessions.get('other');
    };
    const other = new Other({ secret: SECRET, sessions: [{ name: 'other' }], onEvent }, silent);
    const request = Object.assign(new IncomingMessage(new Socket()), { headers: { cookie: 'other=junk' } });
    const sessions = first.attach(request, new ServerResponse(request));
    other.attach(request);
    expect(sessions.get('other')).toBe(sessions.get('other'));
    expect(told).toBe(1);
  });
});
