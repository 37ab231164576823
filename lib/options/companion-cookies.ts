/**
 * The small cookies beside a session's own one. `cart.r` holds what requests that changed nothing have to tell: when
 * the session was used, until when it was prolonged, and, if needed, the content sealed anew. `cart.x` names sessions
 * that have ended, so that a late response cannot bring them back. Each has one kind of writer, so that none of them
 * overwrites what another has written.
 */
export type Companion = 'r' | 'x';

export function companionName(cookieName: string, companion: Companion): string {
  return `${cookieName}.${companion}`;
}

export function companionNamesOf(cookieName: string): readonly string[] {
  return [companionName(cookieName, 'r'), companionName(cookieName, 'x')];
}
