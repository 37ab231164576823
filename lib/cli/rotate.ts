import { KeyRing } from '../sealing/key-ring.js';
import { milliseconds } from '../session/duration.js';
import { parseOptions } from './arguments.js';
import {
  assertStrong,
  assertVariable,
  DEFAULT_VARIABLE,
  type NamedSecret,
  readSecrets,
} from './named-secrets.js';
import type { Command } from './terminal.js';
import { lengthText, table, timeText } from './text.js';
import { UsageError } from './usage-error.js';

/** Matches a number without a unit. It is too short to be a secret. */
const NUMBER = /^\d[\d.,_]{0,11}$/;
const WORD = /^[a-z]+$/i;
const DEFAULT_NEXT = `${DEFAULT_VARIABLE}_NEXT`;

/** Shows how to replace a secret without logging anybody out. It prints key ids, never a secret. */
export const rotate: Command = {
  summary: 'show the three steps that replace a secret without logging anybody out',
  help: `Usage: nestjs-client-sessions rotate [--variable NAME]… [--next NAME] [--lifetime TIME]

Prints what to deploy at each of the three steps. It reads the current secrets from the environment
and shows their key ids, which the servers log, too. It never prints a secret.

  --variable NAME   environment variable that holds a current secret and nothing else; repeat it
                    for a list, the sealing secret first. Default: ${DEFAULT_VARIABLE}
  --next NAME       environment variable for the new secret. It may be unset for now.
                    Default: ${DEFAULT_NEXT}
  --lifetime TIME   the longest lifetime of your sessions, such as '120 days'
`,
  run(args, { stdout, env, now }) {
    assertQuoted(args);
    const options = parseOptions(args, {
      variable: { type: 'string', multiple: true },
      next: { type: 'string' },
      lifetime: { type: 'string' },
    });
    const { next = DEFAULT_NEXT } = options;
    assertVariable(next);
    const current = readSecrets(options.variable ?? [DEFAULT_VARIABLE], env);
    const all = env[next] ? [...current, ...readSecrets([next], env)] : current;
    assertStrong(all);
    const ids = idsOf(all);
    const lifetime = options.lifetime === undefined ? undefined : lifetimeOf(options.lifetime);
    stdout.write(
      plan(
        current.map(({ variable }) => variable),
        next,
        ids,
        waiting(lifetime, now()),
      ),
    );
    return 0;
  },
};

/** A time without quotes becomes two arguments. @throws {@link UsageError} for such a time */
function assertQuoted(args: readonly string[]): void {
  const from = args.findIndex((argument) => /^--lifetime(?:=|$)/.test(argument));
  const [, amount = '', unit = ''] = from === -1 ? [] : args.slice(from).join('=').split('=');
  if (!NUMBER.test(amount) || !WORD.test(unit)) return;
  throw new UsageError(
    'The time after --lifetime must be in quotes',
    "Write it as in --lifetime '120 days'.",
  );
}

/** Returns ms. @throws {@link UsageError} for a number without a unit; `InvalidOptionsError` for a bad duration */
function lifetimeOf(text: string): number {
  const amount = text.trim();
  if (NUMBER.test(amount)) {
    throw new UsageError(
      `The time after --lifetime must have a unit, got ${amount}`,
      `Write '${amount} days', or use another unit.`,
    );
  }
  return milliseconds(text, '--lifetime');
}

function plan(
  current: readonly string[],
  next: string,
  ids: ReadonlyMap<string, string>,
  wait: string,
): string {
  const list = (...variables: readonly string[]): string =>
    `secret: [${variables.map((variable) => `process.env.${variable}`).join(', ')}]`;
  const idList = (...variables: readonly string[]): string =>
    `key ids ${variables.map((variable) => ids.get(variable) ?? `(of ${next})`).join(', ')}`;
  const inventory = table([
    ...current.map(
      (variable, i) =>
        [variable, `key id ${ids.get(variable)!}, ${i === 0 ? 'seals and opens' : 'opens'}`] as const,
    ),
    [
      next,
      ids.has(next)
        ? `key id ${ids.get(next)!}, new`
        : 'not set yet: make it with npx nestjs-client-sessions keygen',
    ],
  ]);
  return `${inventory}
1. Every server can now open cookies of the new secret. All servers still seal with the old one.
   ${list(...current, next)}
   ${idList(...current, next)}

2. When all servers run step 1 (compare the key ids in their logs): seal with the new secret.
   ${list(next, ...current)}
   ${idList(next, ...current)}

3. ${wait}
   ${list(next)}
   ${idList(next)}

Keep the order. If a server cannot open a cookie, the visitor gets a new, empty session.
The key id depends only on the secret, so you may rename ${next} to ${current[0]!} in step 3.
`;
}

function waiting(lifetime: number | undefined, now: number): string {
  if (lifetime === undefined) {
    return 'When the longest lifetime of a session has passed since step 2: remove the old secret.';
  }
  const date = timeText(now + lifetime, now).slice(0, 10);
  const moment = `${lengthText(lifetime)} after step 2 (if that is today: on ${date})`;
  return `${moment}, when the last old session has expired: remove the old secret.`;
}

function idsOf(secrets: readonly NamedSecret[]): ReadonlyMap<string, string> {
  const { ids } = new KeyRing(
    secrets.map(({ secret }) => secret),
    'secret',
  );
  return new Map(secrets.map(({ variable }, i) => [variable, ids[i]!]));
}
