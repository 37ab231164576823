import type { AddressInfo } from 'node:net';
import express from 'express';
import { answer, sessions } from './site.js';

// Names are declared for the entry that is imported: the main one would bring the declarations of Nest along.
declare module 'nestjs-client-sessions/connect' {
  interface SessionTypes {
    cart: { items: string[] };
  }
}

const app = express();
app.use(sessions);
app.use((request, response) => answer(request, response, request.cart));
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
