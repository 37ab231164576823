// Preloaded with --require: the application gets the CommonJS build, as under runtimes that cannot require an ES module.
const Module = require('node:module');

const resolve = Module._resolveFilename;
const build = require.resolve('./node_modules/nestjs-client-sessions/dist/cjs/index.js');

Module._resolveFilename = (request, ...rest) =>
  request === 'nestjs-client-sessions' ? build : resolve(request, ...rest);
