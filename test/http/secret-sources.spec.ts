import { describe, expect, test } from '@jest/globals';
import { startSecrets, startSource } from '../../lib/http/secret-sources.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

describe('the secrets of sessions', () => {
  test('come of one source, if they are the same and as old as each other at most', () => {
    const secret = () => SECRET;
    const sessions = resolveSessions({
      sessions: [
        { name: 'a', secret },
        { name: 'b', secret },
        { name: 'c', secret, secretRefresh: '1 hour' },
        { name: 'd', secret: () => SECRET },
        { name: 'e', secret: OTHER_SECRET },
      ],
    });
    const sources = startSecrets(sessions);
    const [a, b, c, d, e] = sessions.map((session) => sources.get(session)!);
    expect(a).toBe(b);
    expect(new Set([a, c, d, e]).size).toBe(4);
  });

  test('are not followed any more if those of another session are unfit', () => {
    const followers = new Set<(secrets: SecretList) => void>();
    const stream = {
      subscribe({ next }: { next: (secrets: SecretList) => void }) {
        followers.add(next);
        next(SECRET);
        return { unsubscribe: () => void followers.delete(next) };
      },
    };
    const sessions = resolveSessions({
      sessions: [
        { name: 'a', secret: stream },
        { name: 'b', secret: 'short' },
      ],
    });
    expect(() => startSecrets(sessions)).toThrow(/"secret" of session "b"/);
    expect(followers.size).toBe(0);
  });

  test('that are unfit are told with the name of the session only if there are several', () => {
    const [single] = resolveSessions({ secret: 'short' });
    expect(() => startSource(single!)).toThrow(/^Invalid option "secret": /);
    const [first] = resolveSessions({
      sessions: [
        { name: 'a', secret: 'short' },
        { name: 'b', secret: SECRET },
      ],
    });
    expect(() => startSource(first!)).toThrow(/^Invalid option "secret" of session "a": /);
  });

  test('whose function throws are told with its own error', () => {
    const secret = (): SecretList => {
      throw new Error('no connection');
    };
    const [first] = resolveSessions({
      sessions: [
        { name: 'a', secret },
        { name: 'b', secret: SECRET },
      ],
    });
    expect(() => startSource(first!)).toThrow(expect.objectContaining({ name: 'SecretsUnavailableError' }));
  });
});
