#!/usr/bin/env node
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, env, stderr, stdin, stdout } from 'node:process';
import { run } from './run.js';

const [, program, ...args] = argv;

/** Reads the manifest of this package. It is three folders above this file, after links are resolved. */
function version(): string {
  const manifest = join(dirname(realpathSync(program!)), '../../../package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

async function main(): Promise<void> {
  process.exitCode = await run(args, { stdin, stdout, stderr, env, now: Date.now, version });
}

void main();
