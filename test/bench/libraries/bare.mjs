/**
 * No sessions: what everything else is compared with.
 *
 * @param {string} name
 * @returns {import('./library.mjs').Library}
 */
export function bare(name) {
  return {
    name,
    kind: 'bare',
    platforms: ['express', 'fastify'],
    hasSeveral: true,
    load: () => ({ open: () => ({ user: undefined, views: undefined }) }),
  };
}
