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

/** Whether the head of a response, once sent, keeps shared caches from serving the response to others. */
export function isKeptFromOthers(response: ServerResponse): boolean {
  if (typeof response.getHeader !== 'function') return true;
  const sent = sentHeader(response);
  const vary = sent('vary');
  const control = sent('cache-control');
  return /(^|,)\s*(\*|cookie)\s*(,|$)/i.test(vary) || /(^|,)\s*(private|no-store)\b/i.test(control);
}

/** What was passed to `writeHead` alone is to be found in the text of the head only, which Node keeps without documenting it. */
function sentHeader(response: ServerResponse): (name: string) => string {
  const { _header: head } = response as { readonly _header?: unknown };
  return (name) => {
    const set = response.getHeader(name);
    if (set !== undefined) return [set].flat().join(',');
    if (typeof head !== 'string') return '';
    const lines = head.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`));
    return lines.map((line) => line.slice(name.length + 1)).join(',');
  };
}
