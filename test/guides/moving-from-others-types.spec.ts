import { describe, expect, test } from '@jest/globals';
import { complaints, FILES } from './moving-from-others/guide.js';

describe('types of the guide to moving from other libraries', () => {
  const STORE = "export declare const store: import('express-session').Store;";
  const HANDLER = `
    import type { Request } from 'express';
    import 'LIBRARY';
    export const userId = (request: Request): string | undefined => request.NAME.userId;`;
  const beside = (types: string, name: string): string =>
    HANDLER.replace('LIBRARY', types).replace('NAME', name);
  const NAMED_SESSION = `
    declare module 'nestjs-client-sessions' {
      interface SessionTypes { session: { userId?: string } }
    }
    export type { SessionTypes } from 'nestjs-client-sessions';`;

  test('every file of the guide is named, and compiles', () => {
    const [ofCookieSession, others] = [FILES, FILES].map((files, i) =>
      files.filter((file) => file.startsWith('cookie-session') === (i === 0)),
    );
    expect(complaints(ofCookieSession!)).toEqual([]);
    expect(complaints(others!, { 'store.ts': STORE })).toEqual([]);
  });

  test.each(['express-session', 'cookie-session'])(
    'of sessions with a name of their own go together with those of %s, checked thoroughly',
    (types) => {
      const found = complaints(['session-types.ts'], { 'beside.ts': beside(types, 'clientSession') }, true);
      expect(found).toEqual([]);
    },
  );

  test.each([
    [
      'express-session',
      /incorrectly extends interface 'SessionProperties'/,
      /type 'Session & Partial<SessionData>'/,
    ],
    [
      'cookie-session',
      /cannot simultaneously extend types .*SessionProperties/,
      /'request\.session' is possibly 'null'/,
    ],
  ])('of a session called "session" do not go together with those of %s', (types, clash, quiet) => {
    const files = { 'beside.ts': beside(types, 'session'), 'named.ts': NAMED_SESSION };
    const found = complaints([], files, true);
    expect(found.join()).toMatch(clash);
    const ofFiles = found.filter((complaint) => complaint.startsWith('test/guides/'));
    expect(ofFiles).toEqual([expect.stringMatching(quiet)]);
  });
});
