// Stands where client-sessions' suite asks for '../lib/client-sessions'. It changes what somebody who moves
// has to change, and nothing else:
//
// - `secret`: the suite's have 2 and 6 bytes, and fewer than 32 are refused on purpose. Each is stretched to
// one of 64, always to the same.
// - `legacy`: added where the run is about cookies of the legacy format, as in the first deployment of a move,
// with the suite's own secret.
//
// All other options reach the library as the suite wrote them. `activeDuration` is 5 minutes there unless it
// is given and 0 here, on
// purpose, too; the suite leaves it out once, where nothing depends on it. `util` needs no change: it takes
// secrets of every length.
// What is done to the surroundings, to ports, the clock and the case of attributes, stands in `runner.mjs`.
'use strict';
const { createHash } = require('node:crypto');
const { clientSessions } = require('../../dist/cjs/index.js');

const isOldFormat = process.env.COOKIE_FORMAT === 'old';

module.exports = ({ secret, ...options }) =>
  clientSessions({
    ...options,
    secret: createHash('sha256').update(secret).digest('hex'),
    ...(isOldFormat && { legacy: { secret, write: true, acceptUntil: '9999-12-31' } }),
  });
module.exports.util = clientSessions.util;
