/** Asks until the answer is the expected one, for ten seconds at most: processes read their store every 250 ms. */
export async function soon<T>(ask: () => Promise<T>, expected: T): Promise<T> {
  const deadline = performance.now() + 10_000;
  let answer = await ask();
  while (answer !== expected && performance.now() < deadline) answer = await ask();
  return answer;
}
