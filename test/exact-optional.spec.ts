import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { complaintsAbout } from './support/compiler.js';

test('secrets from the environment compile where undefined is no value of an option', () => {
  const paths = [join(import.meta.dirname, 'types/environment.types.ts')];
  expect(complaintsAbout(paths, { rules: { exactOptionalPropertyTypes: true } })).toEqual([]);
});
