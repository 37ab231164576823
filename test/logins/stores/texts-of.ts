import type { LoginStore } from '../../../lib/logins/login-store.js';

/** Reads all there is. */
export async function textsOf(store: LoginStore): Promise<string[]> {
  const texts: string[] = [];
  let after: string | undefined;
  for (let i = 0; i < 1000; i++) {
    const page = await store.read(after);
    texts.push(...page.facts.map(({ text }) => text));
    after = page.cursor;
    if (!page.hasMore) return texts;
  }
  throw new Error('The pages do not come to an end.');
}
