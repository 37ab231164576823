/**
 * Opens the frozen cookies of all releases that a codec can open alone. It prints how many, which did not open, and
 * what opened them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createSessionCodec } from 'nestjs-client-sessions/connect';
import { isAlone, optionsOf, shown } from '../releases/plain.mjs';

const FOLDER = new URL('../vectors/releases/', import.meta.url);
const frozen = readdirSync(FOLDER)
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).frozen)
  .filter(isAlone);

const failed = frozen.filter((each) => {
  const codec = createSessionCodec({ ...optionsOf(each), now: () => each.now });
  const opened = codec.unseal(Object.values(each.cookies)[0]);
  if (each.refused) return opened.reason !== each.refused;
  return !opened.ok || JSON.stringify(shown(opened.content)) !== JSON.stringify(each.content);
});
const found = {
  opened: frozen.length,
  failed: failed.map(({ name }) => name),
  by: import.meta.resolve('nestjs-client-sessions/connect'),
};
console.warn(`frozen: ${JSON.stringify(found)}`);
