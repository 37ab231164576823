import { deepStrictEqual } from 'node:assert';
import { flip } from '../codecs/codec.mjs';
import { contentOf } from '../content.mjs';
import { Child } from './child.mjs';

const SERVER = new URL('./server.mjs', import.meta.url);
const LOAD = new URL('./load.mjs', import.meta.url);
const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** Servers on one core, visitors on another, and this process, which only waits, between them. */
export class Stage {
  #builds;
  #visitors;
  #load;
  #servers = new Map();

  /** @param {import('../options.mjs').Builds} builds @param {number} visitors how many each server has */
  static async open(builds, visitors) {
    const stage = new Stage();
    stage.#builds = builds;
    stage.#visitors = visitors;
    stage.#load = new Child(LOAD, LOAD_CORE);
    await stage.#load.next();
    return stage;
  }

  /**
   * A running server that was seen to keep its visitors' sessions, and to refuse altered ones.
   *
   * @param {import('../libraries/library.mjs').Library} library
   * @param {string[]} names of its sessions
   */
  async server(library, names, platform) {
    const key = [library.name, names.length, platform].join();
    const known = this.#servers.get(key);
    if (known) return known;
    const child = new Child(SERVER, SERVER_CORE, {
      library: library.name,
      names,
      platform,
      builds: this.#builds,
    });
    const { port } = await child.next();
    const cookie = await this.#load.ask({ type: 'start', port, count: this.#visitors });
    const server = { child, port };
    this.#servers.set(key, server);
    if (library.kind !== 'bare') await this.#assertSound(library.name, names, port, cookie);
    return server;
  }

  /**
   * Sends requests and waits for all responses.
   *
   * @param {{ path: string, count: number, limit?: number, others?: string, body?: string }} requests
   */
  async run({ port }, requests) {
    const wrong = await this.#load.ask({ type: 'run', port, ...requests });
    if (wrong) throw new Error(`${requests.path} was answered ${JSON.stringify(wrong)}`);
  }

  /** @returns {Promise<number>} µs of the server's CPU time for one of these requests */
  async cpuOf(server, requests) {
    const before = await server.child.ask('cpu');
    await this.run(server, requests);
    const after = await server.child.ask('cpu');
    return (after.user - before.user + after.system - before.system) / requests.count;
  }

  /** @returns {Promise<NodeJS.MemoryUsage>} after a collection of all garbage */
  memoryOf(server) {
    return server.child.ask('memory');
  }

  close() {
    this.#load.stop();
    for (const { child } of this.#servers.values()) child.stop();
  }

  async #assertSound(name, names, port, cookie) {
    const show = async (sent) =>
      JSON.parse((await this.#load.ask({ type: 'get', port, path: 'show', cookie: sent })).body);
    const { user, views } = contentOf(60);
    deepStrictEqual(
      await show(cookie),
      names.map(() => ({ user, views })),
      `${name} does not keep its sessions`,
    );
    const forged = cookie.replace(/=([^;]*)/g, (_, value) => `=${flip(value, 0.5)}`);
    deepStrictEqual(
      await show(forged),
      names.map(() => ({})),
      `${name} takes a cookie with a flipped character`,
    );
  }
}

/** So many bytes of cookies that belong to somebody else. */
export function otherCookies(bytes) {
  const cookies = [];
  for (let size = 0; size < bytes; size += cookies.at(-1).length + 2) {
    cookies.push(`_tracker_${cookies.length}=${'GA1.2.1093842.17'.repeat(7)}`);
  }
  return cookies.join('; ');
}
