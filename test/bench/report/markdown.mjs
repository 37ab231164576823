import { BASELINE } from '../codecs/client-sessions.mjs';
import { BARE } from '../libraries/index.mjs';

/**
 * The figures of a run as tables.
 *
 * @param {import('./results.mjs').Results} results
 */
export function writeMarkdown(results) {
  const writers = {
    codec: codecTables,
    lookup: lookupTables,
    hostile: hostileTable,
    logins: loginsTable,
    http: httpTables,
    memory: memoryTable,
  };
  const sections = Object.entries(writers).flatMap(([suite, write]) => {
    const result = results[suite];
    return result ? [...write(result.rows), `Measured ${machineLine(result.machine)}`] : [];
  });
  return `${['# Benchmarks', ...sections].join('\n\n')}\n`;
}

function machineLine({ date, node, openssl, platform, cpu }) {
  return `${date}: Node ${node}, OpenSSL ${openssl}, ${platform}, ${cpu}.`;
}

function codecTables(rows) {
  const head = '## Codec';
  const text =
    `CPU time of sealing and opening, as multiples of ${BASELINE}'s speed (higher is faster): ` +
    'the median over rounds, the middle half in brackets. "Again" is the same cookie a second time.';
  const tables = unique(rows, 'bytes').map((bytes) => {
    const ofSize = rows.filter((row) => row.bytes === bytes);
    const body = unique(ofSize, 'codec').map((codec) => {
      const of = (operation) => ofSize.find((row) => row.codec === codec && row.operation === operation);
      const [seal, unseal, reopen] = [of('seal'), of('unseal'), of('reopen')];
      return [
        nameOf(seal.kind, codec),
        speed(seal),
        speed(unseal),
        speed(reopen),
        micros(seal),
        micros(unseal),
        seal.characters,
      ];
    });
    const head = ['', 'seal', 'unseal', 'again', 'seal µs', 'unseal µs', 'characters'];
    return `### ${bytes} bytes of JSON\n\n${table(head, body)}`;
  });
  return [head, text, ...tables];
}

function lookupTables(rows) {
  const columns = unique(rows, 'others');
  const body = unique(rows, 'way').flatMap((way) =>
    unique(rows, 'sessions').map((sessions) => [
      way,
      sessions,
      ...columns.map((others) =>
        micros(rows.find((row) => row.way === way && row.sessions === sessions && row.others === others)),
      ),
    ]),
  );
  const head = [
    '',
    'sessions',
    ...columns.map((others) => (others ? `${others / 1024} KB of others` : 'no others')),
  ];
  return ['## Finding cookies in the header', 'CPU time in µs for one request.', table(head, body)];
}

function hostileTable(rows) {
  const sizes = unique(rows, 'bytes');
  const body = unique(rows, 'build').flatMap((build) =>
    unique(rows, 'header').map((header) => [
      `**${build}**`,
      header,
      ...sizes.flatMap((bytes) => {
        const row = rows.find(
          (other) => other.build === build && other.header === header && other.bytes === bytes,
        );
        return [ratio(row.ratio), micros(row)];
      }),
    ]),
  );
  const head = ['', 'header', ...sizes.flatMap((bytes) => [`${bytes / 1024} KB`, 'µs'])];
  return [
    '### Headers that are meant to do harm',
    'CPU time of one request, where a junk cookie of the same size takes 1 (lower is better).',
    table(head, body),
  ];
}

function loginsTable(rows) {
  const body = rows.map((row) => [
    `**${row.build}**`,
    row.ended.toLocaleString('en'),
    mega(row.bytes),
    digits(row.loading),
    micros(row),
    micros({ microseconds: row.opening }),
    micros({ microseconds: row.plain }),
  ]);
  return [
    '## Ended logins in memory',
    'What a process holds of them, how long it takes to read them from a store in its own memory, and the CPU time ' +
      'of asking for one login, and of opening a session that was opened before, with `subject` and without.',
    table(['', 'ended', 'MB', 'loading ms', 'asking µs', 'opening µs', 'opening without subject µs'], body),
  ];
}

function httpTables(rows) {
  return unique(rows, 'platform').flatMap((platform) => {
    const ofPlatform = rows.filter((row) => row.platform === platform);
    const usual = ofPlatform.filter((row) => !row.crowding);
    const scenarios = unique(usual, 'scenario');
    const grid = (write) =>
      unique(usual, 'library').map((library) => [
        nameOf(usual.find((row) => row.library === library).kind, library),
        ...scenarios.map((scenario) => {
          const row = usual.find((other) => other.library === library && other.scenario === scenario);
          return row ? write(row) : '–';
        }),
      ]);
    const title = platform === 'express' ? 'Express' : 'Fastify';
    const added = grid((row) => (row.added && row.kind !== 'bare' ? ratio(row.added) : '–'));
    return [
      `## HTTP on ${title}`,
      "Share of the bare application: its CPU time for a request in per cent of the library's " +
        '(100: sessions cost nothing).',
      table(
        ['', ...scenarios],
        grid((row) => percent(row.share)),
      ),
      'CPU time of one request in µs.',
      table(['', ...scenarios], grid(micros)),
      `CPU time added to the bare application's, where what ${BASELINE} adds is 1 (lower is better).`,
      table(
        ['', ...scenarios],
        added.filter((line) => line.slice(1).some((cell) => cell !== '–')),
      ),
      'CPU time of a request with 16 sessions and 8 KB of other cookies, none touched, where one session and ' +
        'no other cookies is 1: as measured, and divided by what the longer header alone costs the bare application.',
      table(
        ['', 'as measured', 'without the header'],
        ofPlatform
          .filter((row) => row.crowding)
          .map((row) => [nameOf(row.kind, row.library), ratio(row.crowding), ratio(row.ownCrowding)]),
      ),
    ];
  });
}

function memoryTable(rows) {
  const body = rows.map(({ platform, library, steps }) => {
    const [first, last] = [steps[0], steps.at(-1)];
    return [
      library === BARE ? library : `**${library}**`,
      platform,
      `${mega(first.heap)} → ${mega(last.heap)}`,
      `${mega(first.rss)} → ${mega(last.rss)}`,
    ];
  });
  const { requests: from } = rows[0].steps[0];
  const { requests: to } = rows[0].steps.at(-1);
  return [
    '## Memory',
    `MB held after ${from.toLocaleString('en')} → ${to.toLocaleString('en')} requests: ` +
      'a quarter each untouched, read, written and of new visitors, two sessions each.',
    table(['', 'platform', 'heap', 'resident'], body),
  ];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

const unique = (rows, key) => [...new Set(rows.map((row) => row[key]))];
const nameOf = (kind, name) =>
  kind === 'library' ? `**${name}**` : kind === 'floor' ? `_floor: ${name}_` : name;
const digits = (figure) => figure.toFixed(Math.abs(figure) < 10 ? 2 : 0);
const withSpread = ({ median, low, high }, write) => `${write(median)} (${write(low)}–${write(high)})`;
const ratio = (summary) => withSpread(summary, digits);
const percent = (summary) => withSpread(summary, (share) => (share * 100).toFixed(0));
const speed = (row) => (row ? ratio(row.speed) : '–');
const micros = (row) => digits(row.microseconds.median);
const mega = (bytes) => (bytes / 2 ** 20).toFixed(1);
