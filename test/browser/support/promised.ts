import { appendFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type ClientSessionsOptions, InvalidOptionsError } from '../../../lib/index.js';
import { resolveSessions } from '../../../lib/options/resolve-sessions.js';
import { SECRET } from '../../support/secrets.js';

/** Says in one line what Chromium did. */
type Look = () => Promise<string>;

/** A test of a promise. What `look` returns stands beside its title in the table at the end of the run. */
export const promised: (title: string, look: Look) => void = promisedBy(test);

/** Returns {@link promised}, or the same but skipped while the library does not know an option. */
export function promisedWith(options: object): typeof promised {
  return isKnown(options) ? promised : promisedBy(test.skip);
}

function promisedBy(register: typeof test | typeof test.skip): typeof promised {
  return (title, look) => register(title, () => seen(look));
}

async function seen(look: Look): Promise<void> {
  const did = await look();
  const table = process.env['BROWSER_TABLE'];
  if (table) appendFileSync(table, `${JSON.stringify([expect.getState().currentTestName, did])}\n`);
}

/** Whether the library knows all these options. Values that it refuses are a mistake of the test. */
export function isKnown(options: object): boolean {
  try {
    resolveSessions({ name: 'session', secret: SECRET, ...options } as ClientSessionsOptions);
    return true;
  } catch (error) {
    if (error instanceof InvalidOptionsError && error.problem === 'is not a known option') return false;
    throw error;
  }
}
