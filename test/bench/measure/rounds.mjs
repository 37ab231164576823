/**
 * Measures every subject once a round, in a new random order each time, so that whatever else the machine
 * does meets all of them.
 *
 * @template T
 * @param {T[]} subjects
 * @param {number} rounds
 * @param {(subject: T) => Promise<number>} measure
 * @returns {Promise<Map<T, number[]>>} for each subject one figure a round
 */
export async function interleave(subjects, rounds, measure) {
  const figures = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of shuffled(subjects)) figures.get(subject).push(await measure(subject));
  }
  return figures;
}

function shuffled(list) {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
