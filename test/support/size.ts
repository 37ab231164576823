/** Whether tests with many cases run all of them: once in continuous integration, not on each further version. */
export const IS_FULL_SIZE = process.env['CI'] === 'true';

/** How many cases a test tries: the usual number, or that of the full size. */
export const sized = (usual: number, full: number): number => (IS_FULL_SIZE ? full : usual);
