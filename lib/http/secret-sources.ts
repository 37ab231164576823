import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type { ResolvedSession } from '../options/resolve-sessions.js';
import { SecretSource } from '../sealing/secret-source.js';

/**
 * Starts what delivers the secrets of sessions: one source for all that were given the same ones, so that a function is asked and a stream
 * followed once.
 *
 * @throws `InvalidOptionsError` for secrets at hand that are not fit for use, `SecretsUnavailableError`; nothing is followed then
 */
export function startSecrets(
  sessions: readonly ResolvedSession[],
): ReadonlyMap<ResolvedSession, SecretSource> {
  const sources = new Map<ResolvedSession, SecretSource>();
  try {
    for (const session of sessions)
      sources.set(session, sameSource(session, sources) ?? startSource(session));
  } catch (error) {
    for (const source of sources.values()) source.close();
    throw error;
  }
  return sources;
}

function sameSource(
  { secret, secretRefresh }: ResolvedSession,
  sources: ReadonlyMap<ResolvedSession, SecretSource>,
): SecretSource | undefined {
  return [...sources].find(
    ([other]) => other.secret === secret && other.secretRefresh === secretRefresh,
  )?.[1];
}

/** Starts what delivers the secrets of one session. */
export function startSource({
  options,
  isOneOfSeveral,
  secret,
  secretRefresh,
  now,
}: ResolvedSession): SecretSource {
  try {
    return new SecretSource(secret, { option: 'secret', refresh: secretRefresh, now });
  } catch (error) {
    throw isOneOfSeveral && error instanceof InvalidOptionsError ? error.within(options.name) : error;
  }
}
