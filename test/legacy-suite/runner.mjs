// Runs the suite in a process of its own. Tells the parent of every test that there is one, and how it ended:
// { name, status, exception }.
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';

/** How many times slower than real ones the suite's seconds pass. */
const SLOWNESS = 4;

const [, , path] = process.argv;
const require = createRequire(path);

slowDown();
useFreePorts();
readAttributesInLowerCase();
const suite = require(path)['client-sessions'];
for (const { tests } of suite.batches) for (const name of namesIn(tests)) tell(name, 'not ended');
suite.run({ reporter: { report, print() {} } });

function report([event, vow]) {
  if (event === 'vow') tell(nameOf(vow.context, vow.title), vow.status, vow.exception);
}

function tell(name, status, exception = null) {
  process.send({ name, status, exception: exception && stripVTControlCharacters(exception) });
}

function namesIn(tests, context = '') {
  return Object.entries(tests).flatMap(([title, test]) => {
    if (title === 'topic') return [];
    return typeof test === 'object' ? namesIn(test, `${context} ${title}`) : nameOf(context, title);
  });
}

function nameOf(context, title) {
  return `${context.trim()}: ${title.trim()}`;
}

/**
 * The suite expects answers within tenths of a second, which a busy machine may not give. It expects of two
 * requests in a row that time
 * passes between them, too.
 */
function slowDown() {
  const { Date, setTimeout } = globalThis;
  const start = Date.now();
  let requests = 0;
  globalThis.Date = class extends Date {
    static now() {
      return start + Math.floor((super.now() - start) / SLOWNESS) + requests;
    }
    constructor(...args) {
      super(...(args.length > 0 ? args : [globalThis.Date.now()]));
    }
  };
  globalThis.setTimeout = (task, duration, ...args) => setTimeout(task, duration * SLOWNESS, ...args);
  aroundGet((get, options, callback) => {
    requests++;
    return get(options, callback);
  });
}

/** The suite counts ports from 9001 on, whether or not they are free. */
function useFreePorts() {
  const ports = new Map();
  const { listen } = Server.prototype;
  Server.prototype.listen = function (port, host, listening) {
    return listen.call(this, 0, host, () => {
      ports.set(String(port), this.address().port);
      listening();
    });
  };
  aroundGet((get, options, callback) => {
    const uri = new URL(options.uri);
    uri.port = ports.get(uri.port);
    return get({ ...options, uri: uri.href }, callback);
  });
}

/**
 * The suite looks for `expires` and `samesite=lax`, as client-sessions writes them. Case has no meaning there.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
function readAttributesInLowerCase() {
  const lower = (header) => header.replace(/; (SameSite=)?[\w-]+/g, (attribute) => attribute.toLowerCase());
  aroundGet((get, options, callback) =>
    get(options, (error, response, body) => {
      const cookies = response?.headers['set-cookie'];
      if (cookies) response.headers['set-cookie'] = cookies.map(lower);
      callback(error, response, body);
    }),
  );
}

function aroundGet(around) {
  const request = require('request');
  const { get } = request;
  request.get = (options, callback) => around(get, options, callback);
}
