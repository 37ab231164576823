import { connect, type Socket } from 'node:net';

/** What arrived of an answer. */
export interface Reply {
  /** Set-Cookie headers: a browser keeps them as soon as the head is there. */
  readonly setCookies: readonly string[];
  readonly status: number;
  /** `undefined` when the connection was cut off before the end. */
  readonly text: string | undefined;
}

const CUT_OFF: Reply = { setCookies: [], status: 0, text: undefined };
const PATIENCE = 10_000;

/**
 * HTTP/1.1 with keep-alive over one connection at a time, opened anew when it is needed. One request after
 * the other.
 */
export class Connection {
  #socket: Socket | undefined;

  constructor(private readonly port: number) {}

  /** Never rejects: an answer that does not arrive is an answer, too. */
  async request(method: string, path: string, cookie: string): Promise<Reply> {
    const socket = (this.#socket ??= this.#open());
    const answer = receive(socket);
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
        `${method === 'POST' ? 'Content-Length: 0\r\n' : ''}${cookie && `Cookie: ${cookie}\r\n`}\r\n`,
    );
    const { reply, isLast } = await answer;
    if (isLast) this.close();
    return reply;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    // What there is to know follows as "close".
    socket.on('error', () => undefined);
    socket.setTimeout(PATIENCE, () => socket.destroy());
    return socket;
  }
}

/** Waits for one answer, or for the end of the connection. */
function receive(socket: Socket): Promise<{ readonly reply: Reply; readonly isLast: boolean }> {
  return new Promise((resolve) => {
    let received = '';
    const settle = (isClosed: boolean): void => {
      const reply = parse(received);
      if (!isClosed && reply?.text === undefined) return;
      socket.off('data', onData).off('close', onClose);
      resolve({ reply: reply ?? CUT_OFF, isLast: isClosed || /\r\nconnection: close\r\n/i.test(received) });
    };
    const onData = (bytes: Buffer): void => {
      received += bytes.toString('latin1');
      settle(false);
    };
    const onClose = (): void => settle(true);
    socket.on('data', onData).once('close', onClose);
    if (socket.destroyed) settle(true);
  });
}

/** @returns `undefined` while the head is not complete */
function parse(received: string): Reply | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...headers] = received.slice(0, end).split('\r\n');
  const valuesOf = (name: string): string[] =>
    headers
      .filter((header) => header.toLowerCase().startsWith(`${name}: `))
      .map((header) => header.slice(name.length + 2));
  const [length] = valuesOf('content-length');
  if (length === undefined)
    throw new Error('A worker answered without Content-Length; this client needs it.');
  const body = received.slice(end + 4);
  return {
    status: Number(statusLine.split(' ')[1]),
    setCookies: valuesOf('set-cookie'),
    text: body.length < Number(length) ? undefined : body,
  };
}
