import type { ServerResponse } from 'node:http';
import type { Session } from '../../../lib/index.js';

export interface Visit {
  visitor: number;
  count: number;
  text?: string;
}

/** Whom a request was sent for, by its path, and whom its session says. Both are the same, or nobody is there. */
export interface Answer {
  readonly asked: number;
  readonly visitor: number | null;
}

/** How many cookies of its own the application sends with `many`. */
export const MANY_COOKIES = 300;
/** So much is sent with `stream`, in pieces that do not fit into the buffers of a socket. */
const PIECE = 'x'.repeat(256 * 1024);
const PIECES = 16;

/** Does what a path asks for: `/ACT/VISITOR`. `late` goes on when the client has gone. */
export async function visit(
  path: string,
  session: Session<Visit>,
  response: ServerResponse,
): Promise<Answer> {
  const [, act, number = ''] = path.split('/');
  const asked = parseInt(number, 10);
  if (act === 'enter') Object.assign(session, { visitor: asked, count: 0 });
  if (act === 'moved') Object.assign(session, { visitor: asked, count: (session.count ?? 0) + 1 });
  if (act === 'fill') session.text = 'x'.repeat(9_000);
  if (act === 'count' || act === 'many' || act === 'later') session.count = (session.count ?? 0) + 1;
  if (act === 'many') {
    const cookies = Array.from({ length: MANY_COOKIES }, (_, i) => `other${i}=${'y'.repeat(20)}`);
    response.setHeader('Set-Cookie', cookies);
  }
  if (act === 'late') {
    await new Promise((resolve) => void response.once('close', resolve));
    session.count = 1;
  }
  return { asked, visitor: session.visitor ?? null };
}

/** Sends more than a socket takes at once, so that a client can go away in the middle. */
export function stream(session: Session<Visit>, response: ServerResponse): void {
  session.count = (session.count ?? 0) + 1;
  response.writeHead(200, { 'content-type': 'text/plain' });
  let left = PIECES;
  const proceed = (): void => {
    while (left > 0) {
      left -= 1;
      if (!response.write(PIECE)) return void response.once('drain', proceed);
    }
    response.end();
  };
  proceed();
}
