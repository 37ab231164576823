// Asks, inside an application that installed the package: is there one copy of it, however it is loaded, and do both builds say the same?
const assert = require('node:assert/strict');
const { dirname, join } = require('node:path');

const SECRET = process.env.SESSION_SECRET;

async function main() {
  const { RUNTIME_EXPORTS } = await import('./dist/runtime-exports.js');
  const root = dirname(require.resolve('nestjs-client-sessions/package.json'));
  const required = require('nestjs-client-sessions');
  const imported = await import('nestjs-client-sessions');
  const commonjs = require(join(root, 'dist/cjs/index.js'));
  const module = await import(join(root, 'dist/esm/index.js'));

  for (const build of [required, imported, commonjs, module])
    assert.deepEqual(Object.keys(build).sort(), RUNTIME_EXPORTS);
  for (const name of RUNTIME_EXPORTS) assert.equal(required[name], imported[name], name);

  assert.throws(
    () => required.createSessionCodec({ secret: 'short' }),
    (error) => error instanceof imported.InvalidOptionsError && error instanceof imported.ClientSessionsError,
  );

  // Where only the CommonJS build can be loaded, it reads what the other one wrote.
  const options = { name: 'cart', secret: SECRET };
  const content = { items: ['tea'] };
  const opened = commonjs
    .createSessionCodec(options)
    .unseal(module.createSessionCodec(options).seal(content));
  assert.ok(opened.ok);
  assert.deepEqual(opened.content, content);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
