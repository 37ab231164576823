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

/** A number without its unit; not so long that it may be a secret. */
const NUMBER = /^\d[\d.,_]{0,11}$/;
const WORD = /^[a-z]+$/i;
const DEFAULT_NEXT = `${DEFAULT_VARIABLE}_NEXT`;

/** Says how to replace a secret without logging anybody out. Knows the secrets by their ids and prints none. */
export const rotate: Command = {
  summary: 'the three steps that replace a secret without logging anybody out',
  help: `Usage: nestjs-client-sessions rotate [--variable NAME]… [--next NAME] [--lifetime TIME]

Prints what to deploy at each of the three steps. Reads the secrets of today from the environment
to name them by their key ids, which the servers log, too; prints no secret.

  --variable NAME   environment variable that holds a secret of today, exactly as it stands; repeat
                    it for a list, the sealing one first. Default: ${DEFAULT_VARIABLE}
  --next NAME       environment variable for the new secret, which need not be set yet.
                    Default: ${DEFAULT_NEXT}
  --lifetime TIME   the longest that any of your sessions lives, such as '120 days'
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

/** A time in two words is two arguments when its quotes are missing. @throws {@link UsageError} */
function assertQuoted(args: readonly string[]): void {
  const from = args.findIndex((argument) => /^--lifetime(?:=|$)/.test(argument));
  const [, amount = '', unit = ''] = from === -1 ? [] : args.slice(from).join('=').split('=');
  if (!NUMBER.test(amount) || !WORD.test(unit)) return;
  throw new UsageError('The time after --lifetime has no quotes', "Write it as in --lifetime '120 days'.");
}

/** ms. @throws {@link UsageError} for a number alone, whose unit nobody should have to know, and what is no time to live */
function lifetimeOf(text: string): number {
  const amount = text.trim();
  if (NUMBER.test(amount)) {
    throw new UsageError(
      `The time after --lifetime has no unit, and nobody means ${amount} ms`,
      `Write '${amount} days', or whichever unit is meant.`,
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
1. Every server learns to open what the new secret seals. All still seal with the old one.
   ${list(...current, next)}
   ${idList(...current, next)}

2. When no server runs without step 1 (compare the key ids they log): seal with the new secret.
   ${list(next, ...current)}
   ${idList(next, ...current)}

3. ${wait}
   ${list(next)}
   ${idList(next)}

Keep the order. A server that meets a cookie it cannot open starts the visitor afresh.
The key id comes from the secret alone: ${next} may be renamed to ${current[0]!} in step 3.
`;
}

function waiting(lifetime: number | undefined, now: number): string {
  if (lifetime === undefined) {
    return 'When the longest lifetime of any session has passed since step 2: drop the old secret.';
  }
  const date = timeText(now + lifetime, now).slice(0, 10);
  return `${lengthText(lifetime)} after step 2 (if that is today: on ${date}), when the last old session is over: drop the old secret.`;
}

function idsOf(secrets: readonly NamedSecret[]): ReadonlyMap<string, string> {
  const { ids } = new KeyRing(
    secrets.map(({ secret }) => secret),
    'secret',
  );
  return new Map(secrets.map(({ variable }, i) => [variable, ids[i]!]));
}
