import { describe, expect, test } from '@jest/globals';
import { tellListeners, whileListenersWait } from '../../lib/session/listeners.js';

/** What was done and told, in this order. */
function diary(): { entries: string[]; tell: (what: string) => void } {
  const entries: string[] = [];
  return { entries, tell: (what) => tellListeners(() => void entries.push(what)) };
}

test('a listener is told at once where nobody has to be waited for', () => {
  const { entries, tell } = diary();
  tell('told');
  expect(entries).toEqual(['told']);
});

describe('while something is done, listeners wait', () => {
  test('and are told in their order when it is done', () => {
    const { entries, tell } = diary();
    const result = whileListenersWait(() => {
      tell('first');
      tell('second');
      entries.push('done');
      return 'result';
    });
    expect(result).toBe('result');
    expect(entries).toEqual(['done', 'first', 'second']);
  });

  test('for all of it, also when a part of it is done', () => {
    const { entries, tell } = diary();
    whileListenersWait(() => {
      const part = whileListenersWait(() => {
        tell('of the part');
        return 'part done';
      });
      entries.push(part);
      tell('of the rest');
      entries.push('all done');
    });
    expect(entries).toEqual(['part done', 'all done', 'of the part', 'of the rest']);
  });

  test('and are told where it fails, too, and its error goes on', () => {
    const { entries, tell } = diary();
    const fail = (): void =>
      whileListenersWait(() => {
        tell('before the error');
        throw new RangeError('failed');
      });
    expect(fail).toThrow(RangeError);
    expect(entries).toEqual(['before the error']);
  });

  test('and no longer: what a listener does then is told at once', () => {
    const { entries, tell } = diary();
    whileListenersWait(() => {
      tellListeners(() => {
        tell('by a listener');
        entries.push('listener done');
      });
    });
    tell('later');
    expect(entries).toEqual(['by a listener', 'listener done', 'later']);
  });
});
