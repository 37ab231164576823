import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type { ResolvedSession } from '../options/resolved-session.js';
import { SecretSource } from '../sealing/secret-source.js';

/**
 * Starts the sources of the sessions' secrets. Sessions with the same `secret` share one source, so that a
 * function is called once and a stream is followed once.
 *
 * @throws `InvalidOptionsError` for given secrets that are not fit for use, `SecretsUnavailableError`; then
 * no source keeps running
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

/** Starts the source of one session's secrets. */
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
