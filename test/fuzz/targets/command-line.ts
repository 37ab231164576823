import { run } from '../../../lib/cli/run.js';
import type { Terminal } from '../../../lib/cli/terminal.js';
import { createSealer } from '../../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../../lib/sealing/key-ring.js';
import { OTHER_SECRET, SECRET } from '../../support/secrets.js';
import { Reader } from '../reader.js';
import { Finding, type Target } from '../target.js';

const NOW = 1_767_225_600_000;
const sealed = createSealer(
  new KeyRing(SECRET, 'secret', NOW),
  { purpose: 'session', cookieName: 'session' },
  { now: () => NOW },
).seal({
  createdAt: NOW,
  startedAt: NOW,
  expiresAt: NOW + 86_400_000,
  ownDuration: false,
  renewed: false,
  // A visitor's own words, of which a terminal would obey some and hide others.
  json: JSON.stringify({ user: 'ada', note: '\x1b[31m\x7f\x9b2J\u202e\u200b' }),
});
const ARGUMENTS = [
  'inspect',
  'keygen',
  'rotate',
  '--help',
  '--json',
  '--name',
  'session',
  '--variable',
  'SESSION_SECRET',
  '--purpose',
  '--',
  '-x',
  SECRET,
  '--reveal',
];

/** Commands, with whatever is pasted into them. `doctor` is left out: it loads files. */
export const commandLine: Target = {
  name: 'command-line',
  share: 0.05,
  seeds: [
    `\x01\0\0${sealed}`,
    `\x01\0\0session=${sealed}`,
    `\x02\0\x0c\0session=${sealed}`,
    `\x01\0\0Cookie: a=b; session=${sealed}; c=d`,
    `\x01\0\0Set-Cookie: session=${sealed}; Path=/`,
    `\x01\0\0{"name":"session","value":"${sealed}"}`,
    `\x01\0\0curl 'http://localhost' -H 'Cookie: session=${sealed}'`,
    '\x01\x02\0',
    '\x01\x01\0',
  ],
  words: [
    'Cookie: ',
    'Set-Cookie: ',
    'session=',
    '; ',
    '"',
    "'",
    '\\',
    '\r\n',
    '{"name":',
    "$'",
    '%22',
    '-b ',
    '\x1b[31m',
  ],
  async try(bytes) {
    const reader = new Reader(bytes);
    const argv = Array.from({ length: reader.byte() % 5 }, () => reader.pick(ARGUMENTS));
    const secret = reader.pick([SECRET, undefined, OTHER_SECRET, 'short', `${SECRET},${OTHER_SECRET}`]);
    const input = reader.rest();
    let output = '';
    const write = (text: string): void => void (output += text);
    const terminal: Terminal = {
      stdin: (async function* () {
        yield input;
      })(),
      stdout: { write },
      stderr: { write },
      env: { SESSION_SECRET: secret },
      now: () => NOW,
      manifest: () => ({ version: '0.1.0', engines: { node: '>=20' }, peerDependencies: {} }),
      nodeVersion: 'v20.19.0',
      load: () => Promise.reject(new Error('there is no file to load')),
    };
    const code = await run(argv, terminal);
    if (![0, 1, 2].includes(code)) throw new Finding(`another exit code: ${code}`);
    if (/^ +at .*:\d+:\d+/m.test(output)) throw new Finding('a stack trace');
    if ([SECRET, OTHER_SECRET].some((each) => output.includes(each)))
      throw new Finding('the output has a secret');
    if (/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(output)) throw new Finding('a character that a terminal obeys');
    if (/[\u200b\u202e]/.test(output)) throw new Finding('a character that a terminal does not show');
    return `exits ${code}`;
  },
};
