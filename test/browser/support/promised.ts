import { appendFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Says in one line what Chromium did. */
type Look = () => Promise<string>;

/** A test of a promise. What `look` returns stands beside its title in the table at the end of the run. */
export const promised: (title: string, look: Look) => void = promisedBy(test);

function promisedBy(register: typeof test): typeof promised {
  return (title, look) => register(title, () => seen(look));
}

async function seen(look: Look): Promise<void> {
  const did = await look();
  const table = process.env['BROWSER_TABLE'];
  if (table) appendFileSync(table, `${JSON.stringify([expect.getState().currentTestName, did])}\n`);
}
