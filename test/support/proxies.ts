import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { isReady, pathOf, type Program } from './programs.js';

export { freePort } from './programs.js';

/** `describe`, but skipped where the program is not installed. In CI it has to be. */
export function describeWith(...programs: readonly Program[]): typeof describe | typeof describe.skip {
  const missing = programs.filter((program) => pathOf(program) === undefined);
  if (missing.length === 0 || process.env['CI'] === 'true') return describe;
  process.stderr.write(`Skipped, because ${missing.join(' and ')} is not installed: see CONTRIBUTING.md\n`);
  return describe.skip;
}

interface Running {
  readonly child: ChildProcess;
  readonly folder: string;
}

const running = new Set<Running>();

/** Stops what a test started. Call it in `afterEach` or `afterAll`. */
export async function stopProxies(): Promise<void> {
  await Promise.all([...running].map(stop));
}

/**
 * Starts nginx as one process, with its files in a temporary folder.
 *
 * @param http what stands inside `http { … }`
 * @param ports where it listens, on 127.0.0.1
 * @param files further files for the folder, by their names
 * @throws Error with what nginx writes, if it does not start
 */
export async function startNginx(
  http: string,
  ports: readonly number[],
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `
    daemon off;
    master_process off;
    pid nginx.pid;
    error_log stderr warn;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
      ${http}
    }`;
  const parametersIn = (folder: string) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
  await startProgram('nginx', { ...files, 'nginx.conf': configuration }, parametersIn, ports);
}

/**
 * Starts Varnish, with its files in a temporary folder.
 *
 * @param vcl the configuration; `local.socket` is the name of a port
 * @param ports where it listens, on 127.0.0.1, by names
 * @param further parameters of its command line
 * @throws Error with what Varnish writes, if it does not start
 */
export async function startVarnish(
  vcl: string,
  ports: Readonly<Record<string, number>>,
  further: readonly string[] = [],
): Promise<void> {
  const sockets = Object.entries(ports).flatMap(([name, port]) => ['-a', `${name}=127.0.0.1:${port}`]);
  const fixed = ['-F', '-j', 'none', '-T', 'none', '-s', 'malloc,16m'];
  const parametersIn = (folder: string) => [
    ...fixed,
    '-n',
    join(folder, 'work'),
    '-f',
    join(folder, 'site.vcl'),
    ...sockets,
    ...further,
  ];
  await startProgram('varnishd', { 'site.vcl': vcl }, parametersIn, Object.values(ports));
}

async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'));
  // A proxy that root starts may go on as another user.
  await chmod(folder, 0o755);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

async function startProgram(
  program: Program,
  files: Readonly<Record<string, string>>,
  parametersIn: (folder: string) => readonly string[],
  ports: readonly number[],
): Promise<void> {
  const path = pathOf(program);
  if (path === undefined) throw new Error(`${program} must be installed for this test, see CONTRIBUTING.md`);
  const folder = await createFolder(files);
  const child = spawn(path, parametersIn(folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  const started: Running = { child, folder };
  running.add(started);
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written += text));
  for (const port of ports) {
    if (await isReady(child, port)) continue;
    await stop(started);
    throw new Error(`${program} did not start: ${written}`);
  }
}

async function stop(started: Running): Promise<void> {
  running.delete(started);
  const { child, folder } = started;
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
}
