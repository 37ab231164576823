import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The network between one process and its Redis. */
export class RedisLink {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isStalled = false;
  #isBroken = false;

  constructor(redisPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => this.#join(client, redisPort));
  }

  async open(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, and no connection closes: half-open. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** From now on every connection is reset as soon as it is there. */
  break(): void {
    this.#isBroken = true;
    this.#resetAll();
  }

  /** What was held back passes now. */
  flow(): void {
    this.#isStalled = this.#isBroken = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** What was held back is lost, and connections begin anew. */
  startAnew(): void {
    this.#resetAll();
    this.flow();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #join(client: Socket, redisPort: number): void {
    if (this.#isBroken) return void client.resetAndDestroy();
    const redis = connect({ port: redisPort, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      // What there is to know follows as "close".
      from.on('error', () => undefined);
      from.once('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#isStalled) from.pause();
    }
  }
}
