import { randomBytes } from 'node:crypto';

/** One per process tree: servers get it from the process that starts them. */
export const SECRET = (process.env.BENCH_SECRET ??= randomBytes(32).toString('base64url'));
