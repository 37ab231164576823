import {
  Agent,
  createServer,
  IncomingMessage,
  request as httpRequest,
  type Server,
  ServerResponse,
} from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { Controller, Get, Param } from '@nestjs/common';
import { clientSessions, type ClientSessionsOptions, Session } from '../../lib/index.js';
import { type Platform, start } from './application.js';
import { SECRET } from './secrets.js';

export type Act = (session: any) => unknown;

/** A request that is under way. */
export interface Pending {
  /** Lets the handler act and answer. @returns what the handler said, and the Set-Cookie headers */
  answer(): Promise<{ readonly said: unknown; readonly setCookies: readonly string[] }>;
}

/** A site whose handlers wait until they are told to answer. */
export interface Site {
  /** Sends a request with this Cookie header, and waits until the handler has its session. */
  begin(cookie: string, act: Act): Promise<Pending>;
}

export type SiteOptions = Partial<ClientSessionsOptions>;

const withDefaults = (options: SiteOptions): ClientSessionsOptions => ({
  cookieName: 'session',
  requestKey: 'session',
  secret: SECRET,
  ...options,
});

/** The middleware with real requests and responses, but without a connection, for very many of them. */
export function siteInMemory(options: SiteOptions): Site {
  const sessions = clientSessions(withDefaults(options));
  const socket = new Socket();
  return {
    async begin(cookie, act) {
      const request = Object.assign(new IncomingMessage(socket), {
        method: 'GET',
        url: '/',
        headers: { cookie },
      });
      const response = new ServerResponse(request);
      sessions(request, response, (error) => {
        if (error) throw error as Error;
      });
      const { session } = request as unknown as { session: object };
      return {
        async answer() {
          const said = act(session);
          response.end();
          response.emit('close');
          return { said, setCookies: [response.getHeader('set-cookie') ?? []].flat().map(String) };
        },
      };
    },
  };
}

/** A handler's call, by the path of its request. */
class Call {
  readonly entered: Promise<void>;
  readonly #released: Promise<void>;
  enter!: () => void;
  release!: () => void;
  said: unknown;

  constructor(readonly act: Act) {
    this.entered = new Promise((resolve) => (this.enter = resolve));
    this.#released = new Promise((resolve) => (this.release = resolve));
  }

  async handle(session: object): Promise<void> {
    this.enter();
    await this.#released;
    this.said = this.act(session);
  }
}

const calls = new Map<string, Call>();
let lastCall = 0;

@Controller()
class CallController {
  @Get(':call')
  async handle(@Param('call') call: string, @Session('session') session: Session): Promise<string> {
    await calls.get(call)!.handle(session);
    return 'done';
  }
}

const servers = new Set<Server>();
const agents = new Set<Agent>();

/** A site that listens on 127.0.0.1. Stop it by {@link stopSites} or, on a platform, by `stopAll()`. */
export async function siteOn(host: Platform | 'bare http', options: SiteOptions): Promise<Site> {
  const origin = host === 'bare http' ? await listen(options) : await startNest(host, options);
  const agent = new Agent({ keepAlive: true });
  agents.add(agent);
  return {
    async begin(cookie, act) {
      const name = String((lastCall += 1));
      const call = new Call(act);
      calls.set(name, call);
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        const headers = cookie ? { cookie } : {};
        httpRequest(`${origin}/${name}`, { agent, headers }, resolve).on('error', reject).end();
      });
      await Promise.race([call.entered, answered]);
      return {
        async answer() {
          call.release();
          const response = await answered;
          calls.delete(name);
          for await (const _ of response);
          if (response.statusCode !== 200) throw new Error(`The site answered ${response.statusCode}.`);
          return { said: call.said, setCookies: response.headers['set-cookie'] ?? [] };
        },
      };
    },
  };
}

export function stopSites(): void {
  for (const agent of agents) agent.destroy();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  agents.clear();
  servers.clear();
}

async function listen(options: SiteOptions): Promise<string> {
  const sessions = clientSessions(withDefaults(options));
  const server = createServer((request, response) =>
    sessions(request, response, () => {
      const { session, url } = request as unknown as { session: object; url: string };
      const call = calls.get(url.slice(1))!;
      call.handle(session).then(
        () => response.end('done'),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    }),
  );
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startNest(platform: Platform, options: SiteOptions): Promise<string> {
  const given = { name: 'session', ...withDefaults(options) };
  return (await start(platform, { controllers: [CallController], options: given })).origin;
}
