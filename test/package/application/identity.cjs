// Asks, inside an application that installed the package: is there one copy of it, however it is loaded, and
// do both builds say the same?
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { dirname, join } = require('node:path');

const SECRET = process.env.SESSION_SECRET;
const NEST = /[\\/]node_modules[\\/](@nestjs|rxjs|reflect-metadata)[\\/]/;

async function main() {
  const { FURTHER_EXPORTS, RUNTIME_EXPORTS } = await import('./dist/runtime-exports.js');
  const root = dirname(require.resolve('nestjs-client-sessions/package.json'));

  const commonjsConnect = require(join(root, 'dist/cjs/connect.js'));
  const withNest = Object.keys(require.cache).filter((file) => NEST.test(file));
  assert.deepEqual(withNest, [], 'the entry for Connect loads Nest');

  const required = require('nestjs-client-sessions');
  const imported = await import('nestjs-client-sessions');
  const commonjs = require(join(root, 'dist/cjs/index.js'));
  const module = await import(join(root, 'dist/esm/index.js'));
  for (const build of [required, imported, commonjs, module])
    assert.deepEqual(Object.keys(build).sort(), RUNTIME_EXPORTS);
  for (const name of RUNTIME_EXPORTS) assert.equal(required[name], imported[name], name);

  const requiredConnect = require('nestjs-client-sessions/connect');
  const importedConnect = await import('nestjs-client-sessions/connect');
  const moduleConnect = await import(join(root, 'dist/esm/connect.js'));
  const connectExports = Object.keys(moduleConnect).sort();
  assert.ok(connectExports.includes('clientSessions'));
  for (const [connect, main] of [
    [requiredConnect, required],
    [importedConnect, imported],
    [commonjsConnect, commonjs],
    [moduleConnect, module],
  ]) {
    assert.deepEqual(Object.keys(connect).sort(), connectExports);
    for (const name of connectExports) assert.equal(connect[name], main[name], name);
  }
  assert.notEqual(commonjs.getSession, module.getSession);

  for (const [entry, names] of Object.entries(FURTHER_EXPORTS)) {
    const requiredEntry = require(`nestjs-client-sessions/${entry}`);
    const importedEntry = await import(`nestjs-client-sessions/${entry}`);
    for (const build of [requiredEntry, importedEntry, require(join(root, `dist/cjs/${entry}.js`))])
      assert.deepEqual(Object.keys(build).sort(), names);
    for (const name of names) assert.equal(requiredEntry[name], importedEntry[name], name);
  }

  assert.throws(
    () => required.createSessionCodec({ secret: 'short' }),
    (error) => error instanceof imported.InvalidOptionsError && error instanceof imported.ClientSessionsError,
  );

  const builds = { commonjs, module, commonjsConnect, moduleConnect };
  for (const [writer, writing] of Object.entries(builds)) {
    for (const [reader, reading] of Object.entries(builds)) {
      readsCookies(writing, reading);
      await seesSessions(writing, reading, `${reader} sees the sessions of ${writer}`);
    }
  }
}

/** Where only the CommonJS build can be loaded, it reads what the other one wrote. */
function readsCookies(writing, reading) {
  const options = { name: 'cart', secret: SECRET };
  const content = { items: ['tea'] };
  const opened = reading
    .createSessionCodec(options)
    .unseal(writing.createSessionCodec(options).seal(content));
  assert.ok(opened.ok);
  assert.deepEqual(opened.content, content);
}

/**
 * One build attaches the sessions to a request, from a definition that the other one made, and the other one
 * finds them there.
 */
async function seesSessions(attaching, looking, message) {
  const Cart = looking.defineSession('cart');
  const middleware = attaching.clientSessions({ secret: SECRET, sessions: [Cart] });
  const server = createServer((request, response) => {
    middleware(request, response, (problem) => {
      try {
        assert.ifError(problem);
        const cart = attaching.getSession(request, 'cart');
        assert.equal(looking.getSession(request, Cart), cart);
        assert.equal(looking.getSessionInfo(cart).name, 'cart');
        looking.getSession(request, Cart).items = ['tea'];
        response.end();
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}`);
    assert.equal(await response.text(), '', message);
    assert.match(response.headers.get('set-cookie') ?? '', /^cart=/, message);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
