/** How long a server may take for anything: ms. It takes a hundredth of that, so that this is a hang. */
const PATIENCE = 10_000;

/** @throws when nothing has happened for a long time */
export async function within<T>(promise: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`After ${PATIENCE} ms: ${problem}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
