import { randomBytes } from 'node:crypto';
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Texts } from './cookie-shapes.js';
import { answersIn, RawConnection } from './raw-connection.js';
import { type Host, HTTP2_HOSTS } from './server/hosts.js';
import type { Answer } from './server/visits.js';
import { within } from './within.js';

/** What came back: a status, or what became of the stream or the connection. */
export interface Reply {
  readonly status: number | 'refused';
  readonly answer: Answer | undefined;
  readonly setCookies: readonly string[];
}

/** One client of one server, with a connection that it keeps. */
export class Client {
  #raw: RawConnection | undefined;
  #session: ClientHttp2Session | undefined;

  constructor(
    readonly host: Host,
    readonly port: number,
  ) {}

  get speaksHttp2(): boolean {
    return (HTTP2_HOSTS as readonly Host[]).includes(this.host);
  }

  /** @param cookies each is a header field of its own */
  async get(path: string, cookies: readonly string[] = []): Promise<Reply> {
    return this.speaksHttp2 ? this.#getHttp2(path, cookies) : this.#getHttp1(path, cookies);
  }

  async #getHttp1(path: string, cookies: readonly string[]): Promise<Reply> {
    if (!this.#raw || this.#raw.socket.destroyed) this.#raw = await RawConnection.open(this.port);
    const raw = this.#raw;
    raw.forget();
    raw.write(requestText(path, cookies));
    const isComplete = (): boolean => /\r\n\r\n[^]*(?:\}|free)(?:\r\n0\r\n\r\n)?$/.test(raw.text);
    const isOpen = await raw.until(isComplete);
    const [status] = raw.statuses;
    // After a refusal, the server closes the connection.
    if (!isOpen || status !== 200) {
      raw.destroy();
      this.#raw = undefined;
    }
    const setCookies = [...raw.text.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, cookie]) => cookie!);
    return { status: status ?? 'refused', answer: raw.answers[0], setCookies };
  }

  /** The connection of HTTP/2, a new one if the server has closed the last one. */
  async session(): Promise<ClientHttp2Session> {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const scheme = this.host === 'fastify-tls' ? 'https' : 'http';
    const session = connect(`${scheme}://127.0.0.1:${this.port}`, {
      rejectUnauthorized: false,
      maxSendHeaderBlockLength: 1 << 20,
      maxHeaderListPairs: 4_096,
    });
    session.on('error', () => undefined);
    await within(
      new Promise((resolve) => void session.once('remoteSettings', resolve)),
      `${this.host} does not say hello`,
    );
    return (this.#session = session);
  }

  async #getHttp2(path: string, cookies: readonly string[]): Promise<Reply> {
    return send(await this.session(), { ':path': path, ...(cookies.length && { cookie: [...cookies] }) });
  }

  close(): void {
    this.#raw?.destroy();
    this.#session?.destroy();
  }
}

/** Makes one request on a stream of its own. */
export function send(session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<Reply> {
  const stream = session.request(headers, { endStream: true });
  let head: IncomingHttpHeaders & { ':status'?: number } = {};
  let text = '';
  stream.on('response', (received) => void (head = received));
  stream.setEncoding('utf8').on('data', (piece: string) => void (text += piece));
  stream.on('error', () => undefined);
  return within(
    new Promise((resolve) => {
      stream.once('close', () =>
        resolve({
          status: head[':status'] ?? 'refused',
          answer: answersIn(text)[0],
          setCookies: head['set-cookie'] ?? [],
        }),
      );
    }),
    `${String(headers[':path'])} is not answered`,
  );
}

export function requestText(path: string, cookies: readonly string[], method = 'GET', more = ''): string {
  const fields = cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}${more}\r\n`;
}

/** Gets the session of a path for a visitor, and what may be made of its text. */
export async function enter(client: Client, visitor: number, path = '/enter'): Promise<Texts> {
  const { setCookies } = await client.get(`${path}/${visitor}`);
  const genuine = setCookies[0]!.split(';', 1)[0]!;
  const text = genuine.slice(genuine.indexOf('=') + 1);
  const start = Buffer.from(text, 'base64url').subarray(0, 5);
  const forge = (length: number): string => {
    const bytes = randomBytes(Math.max(5, Math.floor((length * 3) / 4)));
    start.copy(bytes);
    return bytes.toString('base64url');
  };
  return { genuine, forge };
}
