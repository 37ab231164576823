import { existsSync, readFileSync } from 'node:fs';

const OUTCOMES = { failed: 'FAILED', pending: 'skipped', todo: 'to do' };

/** Prints, after all tests, what is promised and what Chromium did. */
export default class TableReporter {
  onRunComplete(_contexts, { testResults }) {
    const seen = readTable(process.env.BROWSER_TABLE);
    const rows = testResults
      .flatMap((file) => file.testResults)
      .map(({ fullName, status }) => [fullName, OUTCOMES[status] ?? seen.get(fullName) ?? 'as promised']);
    const width = Math.max(0, ...rows.map(([promise]) => promise.length));
    console.log(`\nWhat is promised, and what Chromium did`);
    for (const [promise, did] of rows) console.log(`  ${promise.padEnd(width)} → ${did}`);
    console.log();
  }
}

function readTable(path) {
  if (!path || !existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line)));
}
