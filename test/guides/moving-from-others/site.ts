import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser } from '../../support/browser.js';

/** One origin, behind which deployments take turns. */
export class Site {
  readonly #server = createServer((request, response) => this.#current(request, response));
  #current: RequestListener = (_request, response) => void response.writeHead(503).end();

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** From now on, this application answers. */
  deploy(application: RequestListener): void {
    this.#current = application;
  }

  visitor(): Browser {
    return new Browser(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
