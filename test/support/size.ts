/**
 * How many cases tests try that could go on for ever: `usual` with every change, on each version, and `whole` before a
 * release. `TEST_SIZE=whole npm test` is what the figures in the documents are from.
 */
const size = process.env['TEST_SIZE'] ?? 'usual';

/** What is meant for the size of this run. */
export function sized<T>(usual: T, whole: T): T {
  const sizes: Readonly<Record<string, T>> = { usual, whole };
  if (Object.hasOwn(sizes, size)) return sizes[size]!;
  throw new Error(`TEST_SIZE must be one of: ${Object.keys(sizes).join(', ')}; got "${size}"`);
}

/** How many random cases are tried: a fifth of the whole is usual, because every run tries others. */
export function cases(whole: number): number {
  return sized(Math.ceil(whole / 5), whole);
}
