/** What a visitor's session holds: who it is, and how often the visit was counted. */
export interface Visit {
  visitor?: number;
  visits?: number;
}

/** Begins a session, whatever there was. */
export function enter(session: Visit, visitor: number): Visit {
  session.visitor = visitor;
  session.visits = 1;
  return look(session);
}

/** Changes a session that knows its visitor, and no other. */
export function count(session: Visit): Visit {
  if (session.visits !== undefined) session.visits += 1;
  return look(session);
}

/** Reads only. */
export function look({ visitor, visits }: Visit): Visit {
  return { visitor, visits };
}
