// Which tests look at mutants. Those that start processes, proxies or browsers, and those that read sources, do not.

import { globSync } from 'node:fs';
import { resolve } from 'node:path';

const runNoApplication = [
  'test/{sealing,session,options,http}/*.spec.ts',
  'test/{session-codec,legacy-util}.spec.ts',
];
const answerRequests = [
  'test/http/{chunks,companions,cookie-function,header-budget,legacy-order,scopes}.e2e-spec.ts',
  'test/http/{session-activity,tls-proxy}.e2e-spec.ts',
  'test/options/*.e2e-spec.ts',
  'test/logins/{logins,revocations,used-logins,generations,ended-marks}.spec.ts',
  'test/connect.e2e-spec.ts',
  'test/nest/{caches,cross-site,gateways,handshakes,logins,middleware,reads}.e2e-spec.ts',
];

/** @param {string} [pass] as in run.mjs. @default fast */
export function testFiles(pass = 'fast') {
  return globSync(pass === 'wide' ? answerRequests : runNoApplication)
    .sort()
    .map((file) => resolve(file));
}

/** Titles of tests that try very many inputs. They have a pass of their own. */
export const largeTests = new RegExp(
  [
    'every (single|flipped) bit',
    'whatever is the same has the same text',
    'no watcher learns a secret',
    'other bytes$',
    '100,000',
    '\\b10,?000\\b',
    '2000 random',
    '500 random',
    'no life goes beyond the ceiling',
    'what client-sessions decodes',
    'no random secret',
    'none of 3000',
    'of memory outside the heap',
    'a time that was read is written',
    'exact in a life of four hours',
    'anything at all is either unchanged',
    'any record comes back',
    'keys of old content come back',
    'any structure comes back equal',
    'any JSON value, unchanged',
    'keeps nothing of the header',
    'goes on being used under one configuration',
    'quarter of a megabyte',
    'every pair of combinations',
    'whatever a client sends',
    'computes the MACs',
    'no text whatsoever',
    'every (suffix|truncation)',
    'whatever stands around it',
    'dates are those of Date',
    'names × purposes',
    'no bytes make the reader throw',
    'hold one ten times',
    'content from a cookie is plain own data',
    'only one spelling',
    'two genuine cookies',
    'takes at most 80 characters',
    'random bytes that end in',
    'independent writer',
    'that long after its last use',
    'about at most once in a tenth',
    'a long one is judged',
    'nothing makes unseal',
    'plaintext is not what it claims',
    'never throws, and finds',
    'no option that passes the checks',
    'a few times only',
    'written later comes back',
    'from a cipher of their own',
    'the decoder takes what',
    'any JSON object comes back',
    'junk never reaches',
    'of hostile content is as near',
    'thousand visitors',
  ].join('|'),
);
