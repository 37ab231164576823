import { describe, expect, test } from '@jest/globals';
import type { LoginStore } from '../../../lib/logins/login-store.js';
import { loginStoreContract } from '../../../lib/store-contract.js';

/**
 * Runs the contract.
 *
 * @param empty makes an empty store, and returns how to open it
 */
export function describeContract(
  title: string,
  empty: () => Promise<() => LoginStore | Promise<LoginStore>>,
): void {
  describe(`${title} keeps the contract:`, () => {
    test.each(loginStoreContract.map((check) => [check.name, check] as const))(
      '%s',
      async (_name, check) => {
        const open = await empty();
        await expect(check.run(async () => open())).resolves.toBeUndefined();
      },
      30_000,
    );
  });
}
