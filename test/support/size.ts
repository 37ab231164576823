/**
 * How many cases tests try that could go on for ever: `usual` on a developer's machine, `ci` once in continuous
 * integration, `whole` before a release. `TEST_SIZE=whole npm test` is what the figures in the documents are from.
 */
type Size = 'usual' | 'ci' | 'whole';

const SIZE = (process.env['TEST_SIZE'] ?? (process.env['CI'] === 'true' ? 'ci' : 'usual')) as Size;

/** What is meant for the size of this run. Without a value of its own, the whole size is that of CI. */
export function sized<T>(usual: T, ci: T, whole: T = ci): T {
  return { usual, ci, whole }[SIZE];
}
