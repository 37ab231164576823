import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const types = join(root, 'test/types');

test('secrets from the environment compile where undefined is no value of an option', () => {
  const path = join(root, 'tsconfig.json');
  const config: unknown = ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config;
  const rules = { exactOptionalPropertyTypes: true };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, rules, path);
  const program = ts.createProgram([join(types, 'environment.types.ts')], options);
  // What an application compiles of the library is its declarations, whatever rules its sources follow.
  const own = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(types));

  expect(own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
}, 120_000);
