import type { ServerResponse } from 'node:http';

/** Tells caches that the response depends on the request's cookies. */
export function varyOnCookie(response: ServerResponse): void {
  const present = [response.getHeader('vary') ?? []].flat().join(', ');
  if (/(^|,)\s*(\*|cookie)\s*(,|$)/i.test(present)) return;
  response.setHeader('Vary', present ? `${present}, Cookie` : 'Cookie');
}

/**
 * Keeps a response that carries somebody's cookie out of every cache.
 *
 * @returns whether the application had asked shared caches to keep it
 */
export function forbidCaching(response: ServerResponse): boolean {
  const present = [response.getHeader('cache-control') ?? []].flat().join(', ');
  const directives = present.split(',').map((directive) => directive.trim().toLowerCase());
  if (!directives.includes('no-store')) response.setHeader('Cache-Control', 'private, no-store');
  return directives.some((directive) => directive === 'public' || directive.startsWith('s-maxage'));
}
