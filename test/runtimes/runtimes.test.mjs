// The built package on runtimes other than Node: npm run test:runtimes
// What does not work there is said in docs/platforms.md. Node runs the same, so that a failure tells whose fault it is.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { createSessionCodec } from 'nestjs-client-sessions/connect';
import { WebSocket } from 'ws';

const HERE = import.meta.dirname;
const INSTALL = join(HERE, 'install');
const LONGEST_START = 60_000;
const PLATFORMS = ['connect', 'express', 'fastify'];
/** Ways in which the head of a response leaves, on bare `node:http` and under Nest. */
const HEADS = ['writeHead', 'writeHead-pairs', 'flushHeaders', 'write', 'end', '204'];
const RESULTS = ['value', 'redirect', 'stream', 'sse', 'raw'];
const REDIS = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((file) => existsSync(file));
const SECRET = randomBytes(32).toString('base64url');

/** The permissions that the docs name. */
const DENO_ALLOWS = ['--allow-net', '--allow-read', '--allow-env'];

const RUNTIMES = [
  { name: 'Node', command: [process.execPath] },
  { name: 'Bun', command: [join(INSTALL, 'node_modules/.bin/bun'), 'run'] },
  { name: 'Deno', command: [join(INSTALL, 'node_modules/.bin/deno'), 'run', '--no-prompt', ...DENO_ALLOWS] },
];

const problem = install();
const running = new Set();

for (const { name, command } of RUNTIMES) {
  const missing = name !== 'Node' && !existsSync(command[0]) && (problem ?? 'it is not installed');
  if (missing) {
    console.warn(`${name} is not tried: ${missing}`);
    // In CI somebody has to notice. Elsewhere a computer may have no such runtime.
    test(`${name} is installed`, { skip: process.env.CI !== 'true' && missing }, () => assert.fail(missing));
    continue;
  }
  describe(name, { timeout: 10 * LONGEST_START }, () => {
    test('opens the frozen cookies of all releases', async () => {
      const said = await start(command, 'frozen.mjs', /^frozen: (.*)$/);
      const { opened, failed, by } = JSON.parse(said);
      assert.match(by, /\/dist\/esm\/connect\.js$/);
      assert.deepEqual(failed, []);
      assert.ok(opened >= 15);
    });
    for (const platform of PLATFORMS) describe(platform, () => testApplication(command, platform));
    test('ends logins on the server, with a file of SQLite', () =>
      inFolder((folder) => {
        const writing = name === 'Deno' ? [...command, `--allow-write=${folder}`] : command;
        return testLogins(writing, { LOGINS_FILE: join(folder, 'logins.sqlite') });
      }));
    test('ends logins on the server, with Redis', { skip: !REDIS && 'redis-server is not installed' }, () =>
      inFolder(async (folder) => testLogins(command, { REDIS_PORT: await startRedis(folder) })),
    );
  });
}

function testApplication(command, platform) {
  let port;
  before(async () => (port = await start(command, 'application.mjs', /^listening on (\d+)$/, [platform])));
  after(stop);

  test('logs in, reads, and logs out', async () => {
    const visitor = new Visitor(port);
    assert.deepEqual((await visitor.visit('GET', '/me')).json, { user: 'nobody', isNew: true });
    const { setCookies } = await visitor.visit('POST', '/login');
    assert.equal(setCookies.length, 1);
    assert.match(
      setCookies[0],
      /^auth=[\w-]{80,}; Path=\/; Expires=[^;]+; Max-Age=86400; HttpOnly; SameSite=Lax$/,
    );
    assert.deepEqual((await visitor.visit('GET', '/me')).json, { user: 'ada', isNew: false });
    assert.deepEqual((await new Visitor(port).visit('GET', '/me')).json, { user: 'nobody', isNew: true });
    await visitor.visit('POST', '/logout');
    assert.deepEqual((await visitor.visit('GET', '/me')).json, { user: 'nobody', isNew: true });
    assert.equal(visitor.jar.has('auth'), false);
  });

  test('seals cookies that Node opens', async () => {
    const visitor = new Visitor(port);
    await visitor.visit('POST', '/login');
    const opened = createSessionCodec({ name: 'auth', secret: SECRET }).unseal(visitor.jar.get('auth'));
    assert.deepEqual([opened.ok, opened.content], [true, { user: 'ada' }]);
  });

  test('tells caches that the response is private', async () => {
    const { headers } = await new Visitor(port).visit('POST', '/login');
    assert.equal(headers.get('vary'), 'Cookie');
    assert.equal(headers.get('cache-control'), 'private, no-store');
  });

  test('refuses a cookie that was altered anywhere', async () => {
    const visitor = new Visitor(port);
    await visitor.visit('POST', '/login');
    const genuine = visitor.jar.get('auth');
    for (let i = 0; i < genuine.length; i += 7) {
      const altered = genuine[i] === 'A' ? 'B' : 'A';
      visitor.jar.set('auth', genuine.slice(0, i) + altered + genuine.slice(i + 1));
      const { status, json } = await visitor.visit('GET', '/me');
      assert.deepEqual([status, json], [200, { user: 'nobody', isNew: true }], `altered at ${i}`);
    }
    visitor.jar.set('auth', genuine.slice(0, -8));
    assert.equal((await visitor.visit('GET', '/me')).json.user, 'nobody');
    visitor.jar.set('auth', genuine);
    assert.equal((await visitor.visit('GET', '/me')).json.user, 'ada');
  });

  test('keeps what takes several cookies', async () => {
    const visitor = new Visitor(port);
    const { setCookies } = await visitor.visit('POST', '/fill');
    assert.deepEqual(
      setCookies.map((line) => line.split('=')[0]),
      ['cart', 'cart.1', 'cart.2'],
    );
    const { json } = await visitor.visit('GET', '/cart');
    assert.equal(json.since, new Date(0).toISOString());
    assert.equal(json.items.length, 700);
    assert.equal(json.items.at(-1), 'item-699');
    visitor.jar.delete('cart.1');
    assert.deepEqual((await visitor.visit('GET', '/cart')).json, {});
  });

  test('stores the session although the handler fails', async () => {
    const visitor = new Visitor(port);
    assert.equal((await visitor.visit('POST', '/fail')).status, 500);
    assert.equal((await visitor.visit('GET', '/me')).json.user, 'eve');
  });

  const ways = platform === 'connect' ? HEADS : RESULTS;
  test(`sends the cookie with ${ways.join(', ')}`, async () => {
    for (const way of ways) {
      const visitor = new Visitor(port);
      const { setCookies } = await visitor.visit('GET', `/${way}`);
      const names = setCookies.map((line) => line.split('=')[0]).sort();
      assert.deepEqual(names, platform === 'connect' || way === 'raw' ? ['auth', 'other'] : ['auth'], way);
      assert.equal((await visitor.visit('GET', '/me')).json.user, 'ada', way);
    }
  });

  if (platform === 'connect') return;

  test('guards with the session', async () => {
    const visitor = new Visitor(port);
    assert.equal((await visitor.visit('GET', '/members')).status, 401);
    await visitor.visit('POST', '/login');
    assert.equal((await visitor.visit('GET', '/members')).status, 200);
  });

  test('gives a gateway the session of the handshake', async () => {
    const visitor = new Visitor(port);
    await visitor.visit('POST', '/login');
    assert.deepEqual(await visitor.ask('me'), { event: 'me', data: 'ada' });
    assert.deepEqual(await new Visitor(port).ask('me'), { event: 'me', data: 'nobody' });
  });
}

async function testLogins(command, environment) {
  const port = await start(command, 'application.mjs', /^listening on (\d+)$/, ['express'], environment);
  const [one, other] = [new Visitor(port), new Visitor(port)];
  for (const visitor of [one, other]) await visitor.visit('POST', '/login');
  assert.deepEqual((await one.visit('GET', '/me')).json, { user: 'ada', isNew: false });
  assert.equal((await other.visit('POST', '/everywhere')).status, 201);
  assert.deepEqual((await one.visit('GET', '/me')).json, { user: 'nobody', isNew: true });
}

class Visitor {
  jar = new Map();

  constructor(port) {
    this.host = `127.0.0.1:${port}`;
  }

  get headers() {
    return { cookie: [...this.jar].map((pair) => pair.join('=')).join('; ') };
  }

  async visit(method, path) {
    const response = await fetch(`http://${this.host}${path}`, {
      method,
      headers: this.headers,
      redirect: 'manual',
    });
    const setCookies = response.headers.getSetCookie();
    for (const line of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === '') this.jar.delete(name);
      else this.jar.set(name, value);
    }
    const text = await response.text();
    const isJson = response.ok && response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      setCookies,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  async ask(event) {
    const socket = new WebSocket(`ws://${this.host}`, { headers: this.headers });
    try {
      const signal = AbortSignal.timeout(10_000);
      await once(socket, 'open', { signal });
      socket.send(JSON.stringify({ event }));
      const [message] = await once(socket, 'message', { signal });
      return JSON.parse(String(message));
    } finally {
      socket.terminate();
    }
  }
}

/** Starts a program, and waits for the line that the pattern finds. @returns what the pattern captures */
async function start([file, ...options], program, pattern, parameters = [], environment = {}) {
  const child = spawn(file, [...options, ...(program ? [join(HERE, program)] : []), ...parameters], {
    env: { ...process.env, NO_COLOR: '1', SESSION_SECRET: SECRET, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const lines = [];
  let found;
  const isDone = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        found ??= pattern.exec(line)?.[1];
        if (found !== undefined) resolve();
      });
    }
    child.once('error', resolve);
    child.once('close', resolve);
  });
  const timer = setTimeout(() => kill(child), LONGEST_START);
  await isDone;
  clearTimeout(timer);
  assert.ok(found !== undefined, `${program ?? file} said:\n${lines.join('\n')}`);
  return found;
}

/** @returns the port of a Redis that keeps nothing and ends with this test */
async function startRedis(folder) {
  const port = await freePort();
  const options = [
    '--bind',
    '127.0.0.1',
    '--port',
    port,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  await start([REDIS], undefined, /(Ready to accept connections)/, options);
  return port;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return String(port);
}

/** Does something that needs a folder, and removes what it has left. */
async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-'));
  try {
    await work(folder);
  } finally {
    await stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ends what was started. */
async function stop() {
  for (const child of running) {
    running.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const closed = once(child, 'close');
    kill(child);
    await closed;
  }
}

/** Ends a process, and its children: the command of a runtime may be a script that starts the runtime. */
function kill({ pid }) {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

/** Installs the runtimes, unless that is done. @returns why that failed */
function install() {
  if (existsSync(join(INSTALL, 'node_modules'))) return undefined;
  try {
    execFileSync('npm', ['ci', '--no-audit'], { cwd: INSTALL, stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return `npm ci failed: ${
      String(error.stderr ?? error)
        .trim()
        .split('\n')[0]
    }`;
  }
}
