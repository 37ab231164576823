import { secretBytes } from '../sealing/secret.js';
import { UsageError } from './usage-error.js';

export const DEFAULT_VARIABLE = 'SESSION_SECRET';
const VARIABLE = /^[A-Za-z_]\w*$/;

/** A secret and the environment variable that holds it. */
export interface NamedSecret {
  readonly variable: string;
  readonly secret: string;
}

/** The secrets in some environment variables, one in each, exactly as it stands. @throws {@link UsageError} */
export function readSecrets(
  variables: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): NamedSecret[] {
  return variables.map((variable) => {
    assertVariable(variable);
    const secret = env[variable];
    if (secret) return { variable, secret };
    throw new UsageError(
      `The environment variable ${variable} is not set`,
      `Put the secret there, e.g. with: read -rs ${variable} && export ${variable}`,
    );
  });
}

/** @throws `InvalidOptionsError` naming the variable of the first secret that is not fit for use */
export function assertStrong(secrets: readonly NamedSecret[]): void {
  for (const { variable, secret } of secrets) secretBytes(secret, variable);
}

/** @throws {@link UsageError} */
export function assertVariable(name: string): void {
  if (VARIABLE.test(name)) return;
  throw new UsageError('That is no name of an environment variable', 'Give its name, never its value.');
}
