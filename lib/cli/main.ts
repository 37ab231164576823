#!/usr/bin/env node
import { fstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process, { argv, env, stderr, stdin, stdout } from 'node:process';
import { endProcess, importApplication } from './imported-application.js';
import { run } from './run.js';
import type { Manifest } from './terminal.js';

const [, program, ...args] = argv;

/** Reads the manifest of this package. It is three folders above this file, after links are resolved. */
function manifest(): Manifest {
  const file = join(dirname(realpathSync(program!)), '../../../package.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

async function main(): Promise<void> {
  // Importing an application redirects the stream.
  const write = stdout.write.bind(stdout);
  const target = fstatSync(stdout.fd);
  const nodeVersion = process.version;
  const code = await run(args, {
    stdin,
    stdout: { write: (text) => write(text), hasText: target.isFile() && target.size > 0 },
    stderr,
    env,
    now: Date.now,
    manifest,
    nodeVersion,
    load: importApplication,
  });
  // What an application opens when it is loaded would keep this process alive.
  write('', () => stderr.write('', () => endProcess(code)));
}

void main();
