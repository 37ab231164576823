import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ClientSessionsError,
  clientSessions,
  type ConnectMiddleware,
  createSessionCodec,
  defineSession,
  getSession,
  getSessionInfo,
  type SessionDefinition,
  type SessionOf,
  UnknownSessionError,
} from 'nestjs-client-sessions/connect';

interface CartContent {
  items: string[];
}

const secret = process.env['SESSION_SECRET'];
export const Cart: SessionDefinition<CartContent> = defineSession<CartContent>('cart', {
  defaults: { items: [] },
  duration: '120 days',
});
const Unknown = defineSession('unknown');
const codec = createSessionCodec(Cart.with(secret));

export const sessions: ConnectMiddleware = clientSessions({ secret, sessions: [Cart] });

/** A POST puts what its path names into the cart. The answer tells everything that the package says of the cart. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  cart: SessionOf<typeof Cart>,
): void {
  if (request.method === 'POST') cart.items.push(request.url?.slice(1) ?? '');
  const { items } = getSession(request, Cart);
  const { name, isNew } = getSessionInfo(cart);
  const sealed = sealedItems(request);
  response.end(JSON.stringify({ items, name, isNew, sealed, refusal: refusal(request) }));
}

/** What the codec finds in the cookie that came. */
function sealedItems(request: IncomingMessage): readonly string[] | string {
  const [, value = ''] = /\bcart=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
  const opened = codec.unseal(value);
  return opened.ok ? opened.content.items : opened.reason;
}

/** How the package refuses a session that nobody has configured. */
function refusal(request: IncomingMessage): string | undefined {
  try {
    getSession(request, Unknown);
  } catch (error) {
    if (error instanceof UnknownSessionError && error instanceof ClientSessionsError) return error.stack;
  }
  return undefined;
}
