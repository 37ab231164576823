/**
 * Writes the cookies of this release into test/vectors/releases: npm run freeze
 * The built package seals them for a browser, and opens them again. Once written, such a file never changes.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { clientSessions, getSession, getSessionInfo } from 'nestjs-client-sessions/connect';
import { LAYOUTS } from './layouts.mjs';
import { optionsOf, shown } from './plain.mjs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const release = version.split('.').slice(0, 2).join('.');
const file = new URL(`../vectors/releases/${release}.json`, import.meta.url);
const START = Date.UTC(2026, 11, 1, 12);
const NOTE =
  'Cookies as this release wrote and read them. Never change them: every later release has to open them.';

if (existsSync(file)) {
  console.error(
    `The cookies of ${release} are frozen and must stay as they are. Raise "version" in package.json first.`,
  );
  process.exit(1);
}
const frozen = [];
for (const layout of LAYOUTS) frozen.push(await freeze(layout));
writeFileSync(file, `${JSON.stringify({ release, note: NOTE, frozen }, undefined, 1)}\n`);
console.warn(`${frozen.length} layouts are frozen in test/vectors/releases/${release}.json.`);

async function freeze({ name, options, subject, afterwards, visits, opened = 0, content, refused, opens }) {
  const facts = [];
  const jars = await visitAll({ options, subject, facts }, visits, START);
  const layout = {
    name,
    options: { ...options, ...afterwards },
    subject,
    facts,
    now: START + visits.reduce((sum, [pause]) => sum + pause, opened),
    cookies: opens ? opens(jars) : jars.at(-1),
  };
  const found = await read(layout);
  const written = content === undefined ? { refused } : { content: shown(content) };
  assert.deepEqual(
    { content: found.content, refused: found.info.refused },
    { content: undefined, refused, ...written },
  );
  if (refused) return { ...layout, ...written };
  const { createdAt, expiresAt, id } = found.info;
  // How much later than after its idleDuration a session ends, is nothing that a cookie says.
  const end = options.idleDuration ? {} : { expiresAt };
  return { ...layout, ...written, info: { createdAt, ...end, id } };
}

/** What the browser has after each visit. */
async function visitAll(layout, visits, start) {
  const jars = [];
  let now = start;
  for (const [pause, act, changed] of visits) {
    now += pause;
    const today = { ...layout, options: { ...layout.options, ...changed } };
    jars.push(await visit(today, now, jars.at(-1) ?? {}, act));
  }
  return jars;
}

/** What the release that freezes reads itself. */
async function read(layout) {
  let found;
  await visit(layout, layout.now, layout.cookies, (session) => {
    const info = getSessionInfo(session);
    found = { content: info.refused ? undefined : shown(session), info };
  });
  return found;
}

/** One request to a server that has just been started. @returns the cookies that the browser has then */
async function visit({ options, subject, facts }, now, cookies, act) {
  const revocations = { store: storeOf(facts) };
  const sessions = clientSessions({
    ...optionsOf({ options, subject }),
    now: () => now,
    headerBudget: false,
    ...(subject && { revocations }),
  });
  const server = createServer((request, response) => {
    const fail = (error) => response.writeHead(500).end(String(error));
    sessions(request, response, async (error) => {
      if (error) return fail(error);
      try {
        if (subject) await sessions.logins.catchUp();
        await act(getSession(request), sessions.logins);
        response.end();
      } catch (problem) {
        fail(problem);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const cookie = Object.entries(cookies).map((pair) => pair.join('='));
    const url = `http://127.0.0.1:${server.address().port}/`;
    const response = await fetch(url, { headers: { cookie: cookie.join('; ') } });
    assert.equal(response.status, 200, await response.text());
    return jarAfter(cookies, response.headers.getSetCookie());
  } finally {
    sessions.close();
    server.close();
    server.closeAllConnections();
  }
}

function jarAfter(cookies, lines) {
  const jar = new Map(Object.entries(cookies));
  for (const line of lines) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return Object.fromEntries(jar);
}

/** Keeps the facts of ended logins. */
function storeOf(facts) {
  return {
    add: async (more) => void facts.push(...more),
    read: async (after = '0') => ({
      facts: facts.slice(after),
      cursor: String(facts.length),
      hasMore: false,
    }),
    note: async () => undefined,
    touch: async () => undefined,
    list: async () => [],
  };
}
