import { expect } from '@jest/globals';
import type { Texts } from './cookie-shapes.js';
import { classesIn } from './frames.js';
import { type Cookies, SENDER, VICTIM } from './messages.js';
import { RawConnection } from './raw-connection.js';
import type { Host } from './server/hosts.js';
import type { ServerProcess } from './server-process.js';
import { Client, enter } from './visitors.js';
import { within } from './within.js';

/** A server, its visitor, and another one whose requests follow each hostile one. */
export class Scene {
  private constructor(
    readonly process: ServerProcess,
    readonly client: Client,
    readonly texts: Texts,
    /** Those of the session that had another name before. */
    readonly movedTexts: Texts,
    private readonly neighbour: Client,
    private readonly neighbours: Texts,
  ) {}

  static async of(process: ServerProcess, host: Host): Promise<Scene> {
    const [client, neighbour] = [1, 2].map(() => new Client(host, process.portOf(host))) as [Client, Client];
    const texts = await enter(client, SENDER);
    const movedTexts = await enter(client, SENDER, '/moved');
    return new Scene(process, client, texts, movedTexts, neighbour, await enter(neighbour, VICTIM));
  }

  get cookies(): Cookies {
    return { sender: this.texts.genuine, victim: this.neighbours.genuine };
  }

  /** An ordinary request is answered as ever. */
  async expectOrder(): Promise<void> {
    const { status, answer } = await this.neighbour.get(`/look/${VICTIM}`, [this.neighbours.genuine]);
    expect({ status, answer }).toEqual({ status: 200, answer: { asked: VICTIM, visitor: VICTIM } });
  }

  /** Opens a connection to the same server. The one with TLS asks which version of HTTP it is. */
  open(protocol: 'http/1.1' | 'h2' = 'http/1.1'): Promise<RawConnection> {
    const { host, port } = this.client;
    return RawConnection.open(port, host === 'fastify-tls' ? protocol : undefined);
  }

  /** Sends bytes of HTTP/1.1 on a connection of their own. @returns what has come back */
  async exchange(bytes: string): Promise<RawConnection> {
    const connection = await this.#exchange(bytes, 'http/1.1');
    expectOwn(connection);
    return connection;
  }

  /** Sends bytes of HTTP/2. @returns the first digits of the statuses that have come back */
  async exchange2(bytes: Buffer): Promise<number[]> {
    const connection = await this.#exchange(bytes, 'h2');
    const classes = classesIn(connection.bytes);
    expectOwn({ answers: connection.answers, statuses: classes.map((each) => each * 100) });
    return classes;
  }

  async #exchange(bytes: string | Buffer, protocol: 'http/1.1' | 'h2'): Promise<RawConnection> {
    const connection = await this.open(protocol);
    connection.write(bytes);
    // When these are answered, what has arrived before has been, too.
    await this.expectOrder();
    await this.expectOrder();
    // Over HTTP/2, the end of what a client sends does not end the connection.
    if (protocol === 'h2') connection.destroy();
    else await connection.end();
    await within(connection.closed, 'the connection stays open');
    return connection;
  }

  close(): void {
    this.client.close();
    this.neighbour.close();
  }
}

/** Nobody sees a session but the one that was sent for it, and the server has failed nowhere. */
export function expectOwn({ answers, statuses }: Pick<RawConnection, 'answers' | 'statuses'>): void {
  for (const { asked, visitor } of answers) expect([asked, null]).toContain(visitor);
  expect(statuses.filter((status) => status >= 300 && !(status >= 400 && status < 500))).toEqual([]);
}
