/** A process that plays the visitors. */
import { Connection, cookiesOf } from './connection.mjs';

const CONNECTIONS = 8;

process.on('message', async (task) => process.send((await tasks[task.type](task)) ?? null));
process.on('disconnect', () => process.exit());
process.send('ready');

const connections = new Map();
const visitors = new Map();

const tasks = {
  /** Lets visitors begin their sessions; their cookies stay in this process. */
  async start({ port, count }) {
    connections.set(
      port,
      await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port))),
    );
    const cookies = [];
    await share(port, count, async (connection) => {
      const { status, head } = await connection.get('start');
      if (status !== 200) throw new Error(`/start answered ${status}`);
      cookies.push(cookiesOf(head).join('; '));
    });
    visitors.set(port, cookies);
    return cookies[0];
  },

  /** @returns what one request is answered with */
  get: ({ port, path, cookie }) => connections.get(port)[0].get(path, cookie),

  /**
   * Sends so many requests, each of the next visitor.
   *
   * @param task.others more cookies, in front of the visitors' own
   * @param task.body a regular expression that every response's body matches
   */
  async run({ port, path, count, limit = Infinity, others, body = '' }) {
    const cookies = visitors
      .get(port)
      .slice(0, limit)
      .map((own) => [others, own].filter(Boolean).join('; '));
    const right = new RegExp(body);
    let sent = 0;
    let wrong;
    await share(port, count, async (connection) => {
      const response = await connection.get(path, cookies[sent++ % cookies.length]);
      if (response.status !== 200 || !right.test(response.body)) wrong = response;
    });
    return wrong;
  },
};

/** Divides work among the connections of a server. */
async function share(port, count, work) {
  let begun = 0;
  await Promise.all(
    connections.get(port).map(async (connection) => {
      while (begun++ < count) await work(connection);
    }),
  );
}
