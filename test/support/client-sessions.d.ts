/** Types for the parts of client-sessions that the tests use. It has no types of its own. */
declare module 'client-sessions' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Util {
    encode(options: object, content: unknown, duration?: unknown, createdAt?: unknown): string;
    decode(
      options: object,
      text: unknown,
    ): { content: unknown; createdAt: number; duration: number } | undefined;
    computeHmac(
      options: object,
      iv: Uint8Array | string,
      ciphertext: Uint8Array | string,
      duration: unknown,
      createdAt: unknown,
    ): Buffer;
  }

  function clientSessions(
    options: object,
  ): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
  namespace clientSessions {
    const util: Util;
  }
  export default clientSessions;
}
