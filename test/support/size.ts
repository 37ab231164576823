/**
 * How many cases tests try that could go on for ever: `usual` on a developer's machine, `ci` once in continuous
 * integration, `whole` before a release. `TEST_SIZE=whole npm test` is what the figures in the documents are from.
 */
const size = process.env['TEST_SIZE'] ?? (process.env['CI'] === 'true' ? 'ci' : 'usual');

/** What is meant for the size of this run. Without a value of its own, the whole size is that of CI. */
export function sized<T>(usual: T, ci: T, whole: T = ci): T {
  const sizes: Readonly<Record<string, T>> = { usual, ci, whole };
  if (Object.hasOwn(sizes, size)) return sizes[size]!;
  throw new Error(`TEST_SIZE must be one of: ${Object.keys(sizes).join(', ')}; got "${size}"`);
}
