import { spawn, spawnSync } from 'node:child_process';

/** Whether processes can be given a core of their own here. */
export const CAN_PIN = spawnSync('taskset', ['-c', '1', 'true']).status === 0;

/** Another process of ours, which answers questions one at a time. */
export class Child {
  #process;
  #listener;

  /**
   * @param {URL} script
   * @param {number} core
   * @param {object} options handed to the script as JSON
   */
  constructor(script, core, options = {}) {
    const node = [process.execPath, script.pathname, JSON.stringify(options)];
    const [command, ...args] = CAN_PIN ? ['taskset', '-c', String(core), ...node] : node;
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#process.on('message', (message) => this.#listener.resolve(message));
    this.#process.on('exit', (code) =>
      this.#listener.reject(new Error(`${node.join(' ')} ended with code ${code}`)),
    );
  }

  /** @returns {Promise<any>} the next message */
  next() {
    return new Promise((resolve, reject) => {
      this.#listener = { resolve, reject };
    });
  }

  /** @returns {Promise<any>} the answer */
  ask(question) {
    const answer = this.next();
    this.#process.send(question);
    return answer;
  }

  stop() {
    if (this.#process.connected) this.#process.disconnect();
  }
}
