import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { appendSetCookie, prepareHead } from '../../../lib/http/response-head.js';
import { Reader } from '../reader.js';
import { Finding, type Target } from '../target.js';

/** What the library adds to the head. */
const OURS = 'ours=1';
const OUR_LINE = `set-cookie: ${OURS}`;
const request = new IncomingMessage(new Socket());
const NAMES = [
  'Set-Cookie',
  'set-cookie',
  'Vary',
  'X-A',
  'x-a',
  'Content-Type',
  'Cache-Control',
  'Bad Name',
  '',
];
const VALUES = ['a=1', 'b=2', '', 'Cookie', 'text/plain', 'x\r\ny', 'ä', '\u{1F36A}'];

const valueOf = (reader: Reader): unknown =>
  reader.pick<() => unknown>([
    () => reader.pick(VALUES),
    () => reader.pick(VALUES),
    () => reader.byte(),
    () => [reader.pick(VALUES), reader.pick(VALUES)],
    () => undefined,
  ])();

const pairsOf = (reader: Reader): [string, unknown][] =>
  Array.from({ length: reader.byte() % 5 }, () => [reader.pick(NAMES), valueOf(reader)]);

const headersOf = (reader: Reader): unknown => {
  const pairs = pairsOf(reader);
  return reader.pick<() => unknown>([
    () => Object.fromEntries(pairs),
    () => pairs,
    () => pairs.flat(),
    () => undefined,
  ])();
};

/** What is done with a response before its head, and the head. */
interface Plan {
  readonly set: readonly [string, unknown][];
  readonly args: readonly unknown[];
}

function planOf(bytes: Buffer): Plan {
  const reader = new Reader(bytes);
  const status = reader.pick<unknown>([200, 200, 204, 304, 303, 404, 500, 99, 1000, '200', undefined, 200.5]);
  const set = pairsOf(reader);
  const rest = reader.pick<() => unknown[]>([
    () => [],
    () => [headersOf(reader)],
    () => [reader.pick(['OK', 'Fine', '', 'x\ny']), headersOf(reader)],
    () => [undefined, headersOf(reader)],
  ])();
  return { set, args: [status, ...rest] };
}

/** The lines of the head in order of their names, or the code of the error. */
function headOf({ set, args }: Plan, isHooked: boolean): readonly string[] {
  const response = new ServerResponse(request);
  response.sendDate = false;
  for (const [name, value] of set) {
    try {
      response.setHeader(name, value as string);
    } catch {
      // What cannot be set is not set, with the hook and without.
    }
  }
  if (isHooked) {
    prepareHead(response, {
      prepareHead() {
        appendSetCookie(response, OURS);
        return undefined;
      },
    });
  }
  try {
    (response.writeHead as (...given: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    return [`throws ${(error as NodeJS.ErrnoException).code ?? String(error)}`];
  }
  const [first = '', ...lines] = (response as unknown as { _header: string })._header.split('\r\n');
  return [first, ...lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).sort()];
}

const headersIn = ({ args }: Plan): unknown => args.slice(1).find((each) => typeof each === 'object');

/** Node 20 sends the last one of a name in a list if headers were set before, and later versions send all. */
const isList = (plan: Plan): boolean => Array.isArray(headersIn(plan));

/** With the hook, pairs also work where headers were set before, and what is undefined or has no name is left out. */
function isMoreThanNodeTakes(plan: Plan): boolean {
  const headers = headersIn(plan);
  const isPairs = Array.isArray(headers) && headers.every((each) => Array.isArray(each));
  const values: readonly unknown[] = Array.isArray(headers)
    ? headers.flat()
    : Object.entries(headers ?? {}).flat();
  return isPairs || values.includes(undefined) || values.includes('');
}

const isCookie = (line: string): boolean => line.startsWith('set-cookie:');

export const responseHead: Target = {
  name: 'response-head',
  share: 0.5,
  seeds: [
    Buffer.alloc(20),
    Buffer.from(Array.from({ length: 40 }, (_, i) => i * 7)),
    Buffer.from(Array.from({ length: 60 }, (_, i) => i * 13)),
  ],
  words: ['\0', '\x01', '\x02', '\x03', '\x04'],
  try(bytes) {
    const plan = planOf(bytes);
    const [bare, whole] = [headOf(plan, false), headOf(plan, true)];
    const hooked = whole.filter((line) => line !== OUR_LINE);
    const others = (lines: readonly string[]): string => lines.filter((line) => !isCookie(line)).join('\n');
    const [throws, throwsToo] = [bare, hooked].map(([first]) => first!.startsWith('throws'));
    // Of several faults in one head, another one may be named.
    if (throws && throwsToo) return 'throws';
    if (throws && isMoreThanNodeTakes(plan)) return 'takes more, as explained';
    if (!throwsToo && whole.length !== hooked.length + 1)
      throw new Finding(`our Set-Cookie is not there once: ${JSON.stringify([plan, bare, whole])}`);
    const earlier = headOf({ ...plan, args: [200] }, false).filter(isCookie);
    if (!throwsToo && !earlier.every((line) => hooked.includes(line)))
      throw new Finding(`an earlier Set-Cookie was lost: ${JSON.stringify([plan, earlier, hooked])}`);
    if (isList(plan) && bare.every((line) => hooked.includes(line))) {
      return bare.length === hooked.length ? 'writes' : 'sends all of a list, as explained';
    }
    if (others(bare) !== others(hooked)) {
      throw new Finding(`another head than without the hook: ${JSON.stringify([plan, bare, hooked])}`);
    }
    const lost = bare.filter((line) => isCookie(line) && !hooked.includes(line));
    if (lost.length > 0)
      throw new Finding(`a Set-Cookie header was lost: ${JSON.stringify([plan, bare, hooked])}`);
    return 'writes';
  },
};
