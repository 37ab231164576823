import { maxHeaderSize } from 'node:http';
import { ClientSessionsError } from '../../errors/client-sessions.error.js';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { SecretsUnavailableError } from '../../errors/secrets-unavailable.error.js';
import { describeThrown } from '../../errors/thrown-value.js';
import { SessionManager } from '../../http/session-manager.js';
import type { LoginStore } from '../../logins/login-store.js';
import { assertObject } from '../../options/assert-object.js';
import type { ClientSessionsOptions } from '../../options/client-sessions-options.js';
import { resolveHeaderLimits } from '../../options/header-limits.js';
import { resolveRevocations } from '../../options/revocation-options.js';
import { optionsOf } from '../../options/session-definition.js';
import type { ResolvedSessionOptions } from '../../options/session-options.js';
import type { SessionEvent } from '../../session/session-event.js';
import { COOKIE_BYTES } from '../../session/size-limit.js';
import type { Finding } from './finding.js';

/** The options of one ClientSessionsModule. */
export interface Configuration {
  readonly options: ClientSessionsOptions;
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly sessions: readonly ResolvedSessionOptions[];
}

/** Errors of options whose name is one of these are about secrets. */
const SECRET_OPTION = /(^|\.)(secret|encryptionKey|signatureKey)\b/;

const SILENT = { log: nothing, debug: nothing, warn: nothing, error: nothing };

/** Nobody logs in, so this store knows nothing, and no database is opened. */
const EMPTY_STORE: LoginStore = {
  add: async () => undefined,
  read: async () => ({ facts: [], cursor: undefined, hasMore: false }),
  note: async () => undefined,
  touch: async () => undefined,
  list: async () => [],
};

/**
 * Starts the sessions as the application would, so that the checks and warnings are those of the start, and closes
 * them.
 *
 * @param published values that everybody can read, which are no secrets
 */
export async function examineConfiguration(
  { options }: Configuration,
  published: ReadonlySet<string>,
): Promise<Examined> {
  const findings: Finding[] = [];
  try {
    assertObject(options, 'options', 'Return { secret, … } from the factory.');
    const manager = new SessionManager(
      { ...withoutStore(options), onEvent: (event) => findings.push(...findingOf(event)) },
      SILENT,
    );
    try {
      await manager.ready;
    } finally {
      manager.close();
    }
    const sessions = manager.options;
    return {
      findings: [
        ...findings,
        ...examineSecrets(options, published),
        ...sessions.flatMap(examineCookie),
        ...examineHeaders(options, sessions),
        ...examineLogins(options),
      ],
      sessions,
    };
  } catch (error) {
    return { findings: [...findings, problemOf(error)], sessions: [] };
  }
}

/** Finds cookies that two configurations write, each without knowledge of the other. */
export function examineScopes(configurations: readonly (readonly ResolvedSessionOptions[])[]): Finding[] {
  return configurations.flatMap((sessions, i) =>
    sessions.flatMap(({ name, cookieName, cookie }): Finding[] => {
      const others = configurations.slice(i + 1).flat();
      const other = others.find((each) => each.cookieName === cookieName);
      if (!other) return [];
      const isSame = other.cookie.path === cookie.path && other.cookie.domain === cookie.domain;
      return [
        {
          level: 'fails',
          check: 'scopes',
          message:
            `Session "${name}": two configurations write the cookie "${cookieName}", ` +
            (isSame
              ? 'and each replaces what the other wrote. '
              : 'with different paths or domains, so that browsers keep two of them and send both. ') +
            'Configure the session once, or give one of them another "cookieName".',
        },
      ];
    }),
  );
}

/** Sessions with "subject" open a store when they start. The given one is checked here, and then left alone. */
function withoutStore(options: ClientSessionsOptions): ClientSessionsOptions {
  // Callers without types may give anything, which the start refuses.
  const { sessions, overrides, revocations } = options;
  const all = [
    options,
    ...listOf(sessions).map((each) => optionsOf(each as never)),
    ...Object.values(overrides ?? {}),
  ];
  if (!all.some((each) => (each as { subject?: unknown } | undefined)?.subject !== undefined)) return options;
  resolveRevocations(revocations);
  return { ...options, revocations: { ...revocations, store: EMPTY_STORE } };
}

function listOf(sessions: unknown): readonly unknown[] {
  return Array.isArray(sessions) ? sessions : [];
}

function problemOf(error: unknown): Finding {
  const isOfSecret =
    error instanceof InvalidOptionsError
      ? SECRET_OPTION.test(error.option)
      : error instanceof SecretsUnavailableError;
  return {
    level: 'fails',
    check: isOfSecret ? 'secret' : 'options',
    // The message of other code may quote a secret.
    message:
      error instanceof ClientSessionsError
        ? error.message
        : `The sessions cannot start: ${describeThrown(error)}. Start the application to see the message.`,
  };
}

function findingOf(event: SessionEvent): Finding[] {
  switch (event.type) {
    case 'warning':
      return [
        {
          level: 'warning',
          check: /\bkey \w+|secret\b/.test(event.message) ? 'secret' : 'options',
          message: event.message,
        },
      ];
    case 'keys':
      if (event.isSealing !== false) return [];
      return [
        {
          level: 'fails',
          check: 'secret',
          message:
            `No key may seal sessions ${event.sessions.join(', ')}, so that nothing can be stored. ` +
            'Put a secret in front of the list, one that may seal.',
        },
      ];
    default:
      return [];
  }
}

function examineSecrets(options: ClientSessionsOptions, published: ReadonlySet<string>): Finding[] {
  const all = [
    options,
    ...listOf(options.sessions).map((each) => optionsOf(each as never)),
    ...Object.values(options.overrides ?? {}),
  ];
  const texts = all
    .flatMap(({ secret }) => [secret].flat())
    .map((each) => (each as { secret?: unknown } | undefined)?.secret ?? each);
  if (!texts.some((text) => typeof text === 'string' && published.has(text))) return [];
  return [
    {
      level: 'fails',
      check: 'secret',
      message:
        'The secret stands in .env.example, where everybody can read it. ' +
        'Generate another one with: npx nestjs-client-sessions keygen, and keep it outside the code.',
    },
  ];
}

function examineCookie({ name, cookieName, cookie }: ResolvedSessionOptions): Finding[] {
  const say = (level: Finding['level'], check: Finding['check'], message: string): Finding => ({
    level,
    check,
    message: `Session "${name}": ${message}`,
  });
  const { secure } = cookie;
  const findings: Finding[] = [];
  if (secure === false) {
    findings.push(
      say(
        'warning',
        'attributes',
        'its cookie goes over plain http, too. Leave cookie.secure out, or set it to true.',
      ),
    );
  } else if (secure === 'auto') {
    findings.push(
      say(
        'note',
        'proxy',
        'its cookie is Secure only if the framework sees TLS. Behind a TLS proxy, let the framework trust the proxy ' +
          '(see --url), or set cookie.secure to true.',
      ),
    );
  }
  if (!cookieName.startsWith('__')) {
    findings.push(
      say(
        'note',
        'prefix',
        'neighbouring hosts of the same domain can replace its cookie. ' +
          "Where all requests come over TLS, set cookie: { secure: true, prefix: '__Host-' }, " +
          `and previousNames: ['${cookieName}'] if it is in use.`,
      ),
    );
  }
  return findings;
}

/** Compares what all sessions may take with what fits into the headers. */
function examineHeaders(
  options: ClientSessionsOptions,
  sessions: readonly ResolvedSessionOptions[],
): Finding[] {
  const cookies = sessions.reduce(
    (sum, { onTooLarge, maxChunks }) => sum + (onTooLarge === 'chunk' ? maxChunks : 1),
    0,
  );
  const bytes = cookies * COOKIE_BYTES;
  const limits = resolveHeaderLimits(options.headerBudget);
  const full = `${cookies} full cookies take ${bytes} bytes of the Cookie header`;
  if (bytes >= maxHeaderSize) {
    return [
      {
        level: 'warning',
        check: 'headers',
        message:
          `${full}, and Node answers 431 to headers of ${maxHeaderSize} bytes. ` +
          'Keep less in the sessions, or start Node with --max-http-header-size=32768 ' +
          'and let the proxies accept as much.',
      },
    ];
  }
  if (!limits || bytes <= limits.in) return [];
  return [
    {
      level: 'note',
      check: 'headers',
      message: `${full}, and the budget is ${limits.in}. Let the proxies accept as much, and set "headerBudget" to it.`,
    },
  ];
}

function examineLogins(options: ClientSessionsOptions): Finding[] {
  if (withoutStore(options) === options || options.revocations?.store) return [];
  return [
    {
      level: 'note',
      check: 'logins',
      message:
        'Logins end on this machine only, because their store is a file of SQLite. ' +
        'If there are several machines, set revocations.store to redisLogins(client) ' +
        "of 'nestjs-client-sessions/redis'.",
    },
  ];
}

function nothing(): void {
  // A message for the log is a finding already.
}
