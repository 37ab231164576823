import { deepStrictEqual } from 'node:assert';
import { flip } from '../codecs/codec.mjs';
import { contentOf } from '../content.mjs';
import { Child } from './child.mjs';

const SERVER = new URL('./server.mjs', import.meta.url);
const LOAD = new URL('./load.mjs', import.meta.url);
const PINNED = { server: 0, load: 1 };
const UNPINNED = { server: undefined, load: undefined };

/** Servers on one core, visitors on another, and this process, which only waits, between them. */
export class Stage {
  #builds;
  #visitors;
  #cores;
  #load;
  #children = [];
  #servers = new Map();

  /**
   * @param {import('../options.mjs').Builds} builds
   * @param {{ visitors: number, isPinned: boolean }} options how many visitors each server has; whether each
   * side keeps to its core
   */
  static async open(builds, { visitors, isPinned }) {
    const stage = new Stage();
    stage.#builds = builds;
    stage.#visitors = visitors;
    stage.#cores = isPinned ? PINNED : UNPINNED;
    stage.#load = new Child(LOAD, stage.#cores.load);
    await stage.#load.next();
    return stage;
  }

  /**
   * A running server that was seen to keep its visitors' sessions, and to refuse altered ones.
   *
   * @param {import('../libraries/library.mjs').Library} library
   * @param {string[]} names of its sessions
   */
  server(library, names, platform) {
    const key = [library.name, names.length, platform].join();
    if (!this.#servers.has(key)) this.#servers.set(key, this.#start(library, names, platform));
    return this.#servers.get(key);
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
    for (const child of this.#children) child.stop();
  }

  async #start(library, names, platform) {
    const options = { library: library.name, names, platform, builds: this.#builds };
    const child = new Child(SERVER, this.#cores.server, options);
    this.#children.push(child);
    const { port } = await child.next();
    const cookie = await this.#load.ask({ type: 'start', port, count: this.#visitors });
    if (library.kind !== 'bare') await this.#assertSound(library.name, names, port, cookie);
    return { child, port };
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
