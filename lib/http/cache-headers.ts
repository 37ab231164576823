import type { ServerResponse } from 'node:http';

const KEPT_BY_NOBODY = 'private, no-store';

/** Tells caches that the response depends on the request's cookies. */
export function varyOnCookie(response: ServerResponse): void {
  const vary = response.getHeader('vary');
  if (vary === undefined) return void response.setHeader('Vary', 'Cookie');
  const present = [vary].flat().join(', ');
  if (/(^|,)\s*(\*|cookie)\s*(,|$)/i.test(present)) return;
  response.setHeader('Vary', present ? `${present}, Cookie` : 'Cookie');
}

/**
 * Keeps a response that carries somebody's cookie out of every cache.
 *
 * @returns whether the application had asked shared caches to keep it
 */
export function forbidCaching(response: ServerResponse): boolean {
  const control = response.getHeader('cache-control');
  if (control === undefined) {
    response.setHeader('Cache-Control', KEPT_BY_NOBODY);
    return false;
  }
  const directives = [control]
    .flat()
    .join(',')
    .split(',')
    .map((directive) => directive.trim().toLowerCase());
  if (!directives.includes('no-store')) response.setHeader('Cache-Control', KEPT_BY_NOBODY);
  return directives.some((directive) => directive === 'public' || directive.startsWith('s-maxage'));
}
