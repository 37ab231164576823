// A process that adds facts to a SQLite store until it is killed, and tells its parent of each that is stored.
import { sqliteLoginStore } from '../../../lib/logins/sqlite-store.js';

const [path = '', name = ''] = process.argv.slice(2);
const store = sqliteLoginStore({ path });
const HOUR = 3_600_000;

for (let i = 0; i < 100_000; i++) {
  const text = `${name}-${i}`;
  await store.add([{ text, until: Date.now() + HOUR }], Date.now());
  process.send!(text);
}
