import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Answer } from './server/visits.js';
import { within } from './within.js';

/** A connection on which a client writes whatever bytes it likes. */
export class RawConnection {
  #received: Buffer[] = [];
  #isReset = false;
  /** Resolves when the connection has ended, in whatever way. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => void this.#received.push(bytes));
    socket.on('error', () => void (this.#isReset = true));
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()));
  }

  static open(port: number, protocol?: 'http/1.1' | 'h2'): Promise<RawConnection> {
    const address = { port, host: '127.0.0.1' };
    return new Promise((resolve, reject) => {
      const socket = protocol
        ? connectTls({ ...address, ALPNProtocols: [protocol], rejectUnauthorized: false })
        : connect(address);
      socket.once('error', reject);
      socket.once(protocol ? 'secureConnect' : 'connect', () => resolve(new RawConnection(socket)));
    });
  }

  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#received);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Whether the server has let go of it while bytes were on their way, which may take an answer with it. */
  get isReset(): boolean {
    return this.#isReset;
  }

  /** The statuses of HTTP/1.1 that have arrived. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  /** What handlers have said. */
  get answers(): Answer[] {
    return answersIn(this.text);
  }

  /** Waits until something has arrived. @returns whether the connection is still open */
  async until(isThere: () => boolean): Promise<boolean> {
    let look = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      look = () => void (isThere() && resolve());
      look();
    });
    this.socket.on('data', look);
    await within(Promise.race([arrived, this.closed]), `nothing more than ${this.text.slice(0, 300)}`);
    this.socket.off('data', look);
    return !this.socket.destroyed;
  }

  /** Says that nothing more comes, and waits until the server has closed the connection. */
  async end(): Promise<void> {
    this.socket.end();
    await within(this.closed, 'the server leaves the connection open');
  }

  /** Forgets what has arrived. */
  forget(): void {
    this.#received = [];
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export function answersIn(text: string): Answer[] {
  return [...text.matchAll(/\{"asked":\d+,"visitor":(?:\d+|null)\}/g)].map(
    ([json]) => JSON.parse(json) as Answer,
  );
}
