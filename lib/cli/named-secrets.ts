import { secretBytes } from '../sealing/secret.js';
import { UsageError } from './usage-error.js';

export const DEFAULT_VARIABLE = 'SESSION_SECRET';
const VARIABLE = /^[A-Za-z_]\w*$/;

/** A secret, and the name of its environment variable. */
export interface NamedSecret {
  readonly variable: string;
  readonly secret: string;
}

/** Reads one secret from each environment variable, without any change. @throws {@link UsageError} */
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

/** @throws `InvalidOptionsError` with the variable of the first unusable secret */
export function assertStrong(secrets: readonly NamedSecret[]): void {
  for (const { variable, secret } of secrets) secretBytes(secret, variable);
}

/** @throws {@link UsageError} */
export function assertVariable(name: string): void {
  if (VARIABLE.test(name)) return;
  throw new UsageError(
    'The name of an environment variable must consist of letters, digits and underscores',
    'Give its name, never its value.',
  );
}
