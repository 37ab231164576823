import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** Statuses of responses that have no body. `Response` refuses one. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * Sends a request to a server through memory, and returns its response. Nothing listens, so no port is open, and
 * nothing has to be closed. The server sees a client on 127.0.0.1, and a connection of TLS if the URL says https.
 */
export async function exchange(server: Server, request: Request, cookie: string): Promise<Response> {
  const url = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const [near, far] = duplexPair();
  const isSecure = url.protocol === 'https:';
  Object.assign(far, { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', encrypted: isSecure });
  // The two ends know of each other's data only. One that breaks off has to break off the other.
  far.once('close', () => far.writableFinished || near.destroy());
  near.once('close', () => far.destroy());
  // A server with certificates speaks HTTP only behind its own TLS.
  server.emit('setSecureContext' in server ? 'secureConnection' : 'connection', far);
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(
      {
        createConnection: () => near,
        method: request.method,
        path: url.pathname + url.search,
        headers: {
          ...Object.fromEntries(request.headers),
          host: url.host,
          connection: 'close',
          ...(cookie && { cookie }),
          ...(body.length > 0 && { 'content-length': body.length }),
        },
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  const content = await buffer(message);
  const status = message.statusCode!;
  return new Response(WITHOUT_BODY.includes(status) ? null : content, {
    status,
    statusText: message.statusMessage ?? '',
    headers: headersOf(message),
  });
}

/** Each header as it was sent, so that several Set-Cookie headers stay several. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  return headers;
}
