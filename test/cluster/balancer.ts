import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * One port before all workers. A connection goes to the worker that has the fewest, and past those that do
 * not answer.
 */
export class Balancer {
  readonly #connections = new Map<number, number>();
  readonly #server: Server = createServer({ noDelay: true }, (client) => this.#forward(client));

  async open(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections may go to a worker from now on. */
  add(port: number): void {
    this.#connections.set(port, 0);
  }

  /** They may not any more; those it has stay. */
  remove(port: number): void {
    this.#connections.delete(port);
  }

  close(): void {
    this.#server.close();
  }

  #forward(client: Socket): void {
    const port = this.#leastBusy();
    if (port === undefined) return void client.destroy();
    const worker = connect({ port, host: '127.0.0.1', noDelay: true });
    const next = (): void => {
      this.remove(port);
      this.#forward(client);
    };
    worker.once('error', next);
    worker.once('connect', () => {
      worker.off('error', next);
      this.#count(port, 1);
      pipeline(client, worker, client, () => this.#count(port, -1));
    });
  }

  #leastBusy(): number | undefined {
    const [least] = [...this.#connections].sort(([, a], [, b]) => a - b);
    return least?.[0];
  }

  #count(port: number, change: number): void {
    const connections = this.#connections.get(port);
    if (connections !== undefined) this.#connections.set(port, connections + change);
  }
}
