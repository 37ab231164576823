// Preloaded with --require: the application gets the CommonJS build, as under runtimes that cannot require an
// ES module.
const Module = require('node:module');

const resolve = Module._resolveFilename;
const build = (file) => require.resolve(`./node_modules/nestjs-client-sessions/dist/cjs/${file}`);
const entries = new Map([
  ['nestjs-client-sessions', build('index.js')],
  ['nestjs-client-sessions/connect', build('connect.js')],
]);

Module._resolveFilename = (request, ...rest) => entries.get(request) ?? resolve(request, ...rest);
