import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SessionRecord } from '../../lib/sealing/session-record.js';

const fileOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const [, READER] = /^```python\n(.*?)^```$/ms.exec(fileOf('../../docs/format.md'))!;
const FROZEN = JSON.parse(fileOf('../vectors/format-1.json')) as {
  cookies: readonly { secret: string; purpose: string; cookieName: string; cookie: string; record: object }[];
};
const SECRET = 'Nq8-Vr3zKd7_Lw2xTb6Yc9Hf4Jm1Pg5Rs0Ut';
const SCOPE = { purpose: 'schöne Läden', cookieName: '__Host-wagen' };

interface Given {
  readonly cookie: string;
  readonly secrets: readonly string[];
  readonly purpose: string;
  readonly cookieName: string;
}

/** What the reader prints. It stops at the first cookie that it refuses. */
function readInPython(given: readonly Given[]): { records: unknown[]; problem: string } {
  const input = given.map((each) => JSON.stringify(each)).join('\n');
  try {
    return {
      records: linesOf(execFileSync('python3', ['-c', READER!], { input, stdio: 'pipe' })),
      problem: '',
    };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    return { records: linesOf(stdout), problem: stderr.toString().trim().split('\n').at(-1)! };
  }
}

function linesOf(output: Buffer): unknown[] {
  return output
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import cryptography'], { stdio: 'ignore' });
    return true;
  } catch {
    // Whoever has no Python cannot run the reader, and need not.
    return false;
  }
}

/** As JSON shows it. */
function shown({ id, generation, ...record }: SessionRecord): object {
  return JSON.parse(
    JSON.stringify({ ...record, id: id?.toString('hex'), generation: generation?.toString('hex') }),
  ) as object;
}

(hasPython() ? describe : describe.skip)('the reader in Python', () => {
  test('reads the cookies of all releases', () => {
    const given = FROZEN.cookies.map(({ secret, ...frozen }) => ({ ...frozen, secrets: [SECRET, secret] }));
    expect(readInPython(given)).toEqual({ records: FROZEN.cookies.map(({ record }) => record), problem: '' });
  });

  test('reads every record that is sealed now as this library does', () => {
    const sealer = createSealer(new KeyRing(SECRET, 'secret'), SCOPE);
    const bytes = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
    const record = fc
      .record({
        createdAt: fc.integer({ min: 0, max: 2 ** 47 }),
        life: fc.oneof(
          fc.integer({ min: 0, max: 2 ** 40 - 1 }),
          fc.nat(500_000).map((each) => each * 60_000),
        ),
        before: fc.option(fc.nat(1000), { nil: 0 }),
        written: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
        ownDuration: fc.boolean(),
        renewed: fc.boolean(),
        ephemeral: fc.option(fc.boolean(), { nil: undefined }),
        login: fc.option(fc.tuple(bytes(16), fc.option(bytes(8), { nil: undefined })), { nil: [] as const }),
        version: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        json: fc.json(),
      })
      .map(({ life, before, written, login: [id, generation], ...rest }): SessionRecord => ({
        ...rest,
        startedAt: Math.max(0, rest.createdAt - before),
        expiresAt: rest.createdAt + life,
        writtenAt: written === undefined ? undefined : rest.createdAt + Math.floor(life * written),
        id,
        generation,
      }));
    const sealed = fc.sample(record, 500).map((each) => sealer.seal(each));
    const opened = sealed.map((text) => {
      const outcome = sealer.unseal(text);
      if (!outcome.ok) throw new Error(outcome.reason);
      return shown(outcome.record);
    });
    const given = sealed.map((cookie) => ({ cookie, secrets: [SECRET], ...SCOPE }));
    expect(readInPython(given)).toEqual({ records: opened, problem: '' });
  });

  const text = FROZEN.cookies[0]!;
  const first: Given = { ...text, secrets: [text.secret] };
  test.each<[string, Partial<Given>, RegExp]>([
    ['of another name', { cookieName: 'other' }, /InvalidTag/],
    ['of another purpose', { purpose: 'other' }, /InvalidTag/],
    ['of another secret', { secrets: [randomBytes(32).toString('hex')] }, /another secret/],
    ['of another version', { cookie: `Ag${text.cookie.slice(2)}` }, /format 1/],
    ['that was altered', { cookie: `${text.cookie.slice(0, -4)}AAAA` }, /InvalidTag/],
    ['that was cut', { cookie: text.cookie.slice(0, 40) }, /format 1/],
    ['in another spelling', { cookie: `${text.cookie}=` }, /format 1/],
  ])('refuses a cookie %s', (_what, change, problem) => {
    expect(readInPython([{ ...first, ...change }])).toEqual({
      records: [],
      problem: expect.stringMatching(problem),
    });
  });
});
