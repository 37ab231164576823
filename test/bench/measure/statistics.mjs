/**
 * The middle of some figures, and the middle half of them.
 *
 * @typedef {{ median: number, low: number, high: number }} Summary
 */

/** @param {number[]} figures @returns {Summary} median and quartiles */
export function summarize(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}
