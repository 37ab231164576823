import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getSession } from 'nestjs-client-sessions/connect';
import { answer, Cart, sessions } from './site.js';

const server = createServer((request, response) => {
  sessions(request, response, (error) => {
    if (error === undefined) answer(request, response, getSession(request, Cart));
    else response.writeHead(500).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
