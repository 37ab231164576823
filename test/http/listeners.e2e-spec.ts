import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type ClientSessionsOptions,
  SESSION_ACTIVITY_CHANNEL,
  SESSION_EVENTS_CHANNEL,
} from '../../lib/index.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';

afterEach(stopServers);

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
