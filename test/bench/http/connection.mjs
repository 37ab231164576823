import { connect } from 'node:net';
import { once } from 'node:events';

/**
 * One keep-alive connection that sends a request when the response to the one before is complete. Knows just
 * as much of HTTP as the
 * benchmarks' applications speak, so that it costs little.
 */
export class Connection {
  #socket;
  #received = '';
  #answer;

  static async open(port) {
    const connection = new Connection();
    const socket = (connection.#socket = connect(port, '127.0.0.1'));
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text) => connection.#receive(text));
    await once(socket, 'connect');
    return connection;
  }

  /** @returns {Promise<{ status: number, head: string, body: string }>} */
  get(path, cookie) {
    const response = new Promise((resolve) => (this.#answer = resolve));
    const header = cookie ? `Cookie: ${cookie}\r\n` : '';
    this.#socket.write(
      `GET /${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${header}\r\n`,
      'latin1',
    );
    return response;
  }

  close() {
    this.#socket.destroy();
  }

  #receive(text) {
    const received = (this.#received += text);
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = received.slice(0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (!length) throw new Error(`A response without Content-Length: ${head}`);
    if (received.length < end + 4 + Number(length[1])) return;
    this.#received = '';
    this.#answer({ status: Number(head.slice(9, 12)), head, body: received.slice(end + 4) });
  }
}

/** The cookies of a response head, as a Cookie header brings them back. */
export function cookiesOf(head) {
  return [...head.matchAll(/\r\nset-cookie: *([^;\r]*)/gi)].map(([, cookie]) => cookie);
}
