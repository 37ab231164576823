import { spawn, spawnSync } from 'node:child_process';

/** Whether processes can be given a core of their own here. */
const CAN_PIN = spawnSync('taskset', ['-c', '1', 'true']).status === 0;

/** Another process of ours, which answers one question after the other. */
export class Child {
  #process;
  #listener;
  #answered = Promise.resolve();

  /**
   * @param {URL} script
   * @param {number | undefined} core the only one it runs on. @default any
   * @param {object} options handed to the script as JSON
   */
  constructor(script, core, options = {}) {
    const node = [process.execPath, script.pathname, JSON.stringify(options)];
    const [command, ...args] =
      CAN_PIN && core !== undefined ? ['taskset', '-c', String(core), ...node] : node;
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#process.on('message', (message) => this.#listener.resolve(message));
    this.#process.on('exit', (code) =>
      this.#listener?.reject(new Error(`${node.join(' ')} ended with code ${code}`)),
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
    const answer = this.#answered.then(() => {
      this.#process.send(question);
      return this.next();
    });
    this.#answered = answer.catch(() => undefined);
    return answer;
  }

  stop() {
    if (this.#process.connected) this.#process.disconnect();
  }
}
