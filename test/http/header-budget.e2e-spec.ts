import { afterEach, describe, expect, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ClientSessionsOptions, SESSION_EVENTS_CHANNEL, type SessionEvent } from '../../lib/index.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { SECRET } from '../support/secrets.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';

afterEach(stopServers);

type BudgetEvent = Extract<SessionEvent, { type: 'budget' }>;

async function visit(
  lengths: Readonly<Record<string, number>>,
  options: Partial<ClientSessionsOptions> = {},
  headers: Record<string, string> = {},
): Promise<BudgetEvent[]> {
  const events: BudgetEvent[] = [];
  const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
    for (const [name, length] of Object.entries(lengths)) {
      if (length > 0) Object.assign(request[name], { few: 1, text: 'x'.repeat(length) });
      else void request[name].text;
    }
    response.end('');
  };
  const server = await serve(handle, {
    cookieName: undefined,
    sessions: ['session', 'cart', 'flash'].map((name) => ({ name })),
    onEvent: (event: SessionEvent) => void (event.type === 'budget' && events.push(event)),
    ...options,
  } as Partial<ClientSessionsOptions>);
  await (await fetch(server.origin, { headers })).text();
  return events;
}

describe('the budget of headers', () => {
  test.each<[string, Readonly<Record<string, number>>, number]>([
    ['one small session', { session: 100 }, 0],
    ['one of 69 %', { session: 1_940 }, 0],
    ['one of 71 %', { session: 2_010 }, 1],
    ['three that are small alone', { session: 600, cart: 600, flash: 600 }, 1],
    ['one that nginx refuses as it comes', { session: 2_950 }, 1],
    ['none that is written', { session: 0 }, 0],
  ])('Set-Cookie: %s', async (_, lengths, count) => {
    const events = await visit(lengths);
    expect(events).toHaveLength(count);
    for (const event of events) {
      expect(event).toMatchObject({ direction: 'out', limit: 4096 });
      expect(event.bytes).toBeGreaterThan(4096 * 0.7);
      expect(event.sessions.map(({ name }) => name).sort()).toEqual(Object.keys(lengths).sort());
      expect(event.sessions[0]!.keys).toEqual(['text', 'few']);
      expect(event.sessions.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(event.bytes);
    }
  });

  test.each([
    ['of other code', 5_800, 1],
    ['of other code, less', 5_700, 0],
  ])('Cookie: %s', async (_, length, count) => {
    const events = await visit({ session: 0 }, {}, { cookie: `other=${'x'.repeat(length)}` });
    expect(events).toEqual(
      Array.from({ length: count }, () => ({
        type: 'budget',
        direction: 'in',
        bytes: 6 + length,
        limit: 8192,
        sessions: [],
      })),
    );
  });

  test('Cookie: names sessions that arrived, and keys of those that were used', async () => {
    const cookie = `cart=${'x'.repeat(3_000)}; session=${'y'.repeat(2_800)}`;
    const [event] = await visit({ session: 0 }, {}, { cookie });
    expect(event!.sessions.map(({ name, keys }) => [name, keys])).toEqual([
      ['cart', []],
      ['session', []],
    ]);
    expect(JSON.stringify(event)).not.toMatch(/xx|yy/);
  });

  test('is not counted for requests that use no session', async () => {
    expect(await visit({}, {}, { cookie: `session=${'x'.repeat(8_000)}` })).toEqual([]);
  });

  test('is not counted for Set-Cookie headers of other code alone', async () => {
    const events: SessionEvent[] = [];
    const server = await serve(
      (request, response) => {
        void request['session'].text;
        response.setHeader('Set-Cookie', `other=${'x'.repeat(4_000)}`);
        response.end();
      },
      { cookieName: 'session', onEvent: (event: SessionEvent) => void events.push(event) },
    );
    await (await fetch(server.origin)).text();
    expect(events.filter(({ type }) => type === 'budget')).toEqual([]);
  });

  test('is what the application says, or nothing', async () => {
    expect(await visit({ session: 2_500 }, { headerBudget: { out: 8192 } })).toEqual([]);
    expect(await visit({ session: 2_500 }, { headerBudget: false })).toEqual([]);
    expect(await visit({ session: 100 }, { headerBudget: { out: 200 } })).toHaveLength(1);
  });

  test('arrives on the channel, too, and names no content', async () => {
    const published: unknown[] = [];
    const listen = (event: unknown): void => void published.push(event);
    subscribe(SESSION_EVENTS_CHANNEL, listen);
    await visit({ session: 2_500 });
    unsubscribe(SESSION_EVENTS_CHANNEL, listen);
    expect(published).toContainEqual(expect.objectContaining({ type: 'budget' }));
    expect(JSON.stringify(published)).not.toContain('xx');
  });

  test.each<[unknown, string]>([
    [true, 'headerBudget'],
    [4096, 'headerBudget'],
    [[], 'headerBudget'],
    [{ in: 0 }, 'headerBudget.in'],
    [{ out: -1 }, 'headerBudget.out'],
    [{ out: '4k' }, 'headerBudget.out'],
    [{ cookie: 1 }, 'headerBudget.cookie'],
  ])('%j is refused', (headerBudget, option) => {
    expect(() => resolveSessions({ secret: SECRET, headerBudget: headerBudget as false })).toThrow(
      `"${option}"`,
    );
  });
});
