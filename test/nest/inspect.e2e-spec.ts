import { inspect } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { ModulesContainer } from '@nestjs/core';
import {
  ClientSessionsModule,
  type ClientSessionsModuleAsyncOptions,
  ClientSessionsOptionsFactory,
  defineSession,
} from '../../lib/index.js';
import { start, stopAll } from '../support/application.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const OLD_SECRET = 'q7Vd-2Xw_0mZkP4sLr9TbYc6HgNj1FuAe8Ri5Oq3';
const SECRETS = [SECRET, OTHER_SECRET, OLD_SECRET];

const options = () => ({
  secret: SECRET,
  sessions: [
    { name: 'session' },
    { name: 'cart', secret: [{ secret: OTHER_SECRET }] },
    defineSession('old', {
      secret: OTHER_SECRET,
      legacy: { secret: OLD_SECRET, acceptUntil: new Date(Date.now() + 1e9) },
    }),
  ],
});

class Factory implements ClientSessionsOptionsFactory {
  createClientSessionsOptions() {
    return options();
  }
}

afterEach(stopAll);

const WAYS: [string, () => ReturnType<typeof ClientSessionsModule.forRoot>][] = [
  ['forRoot()', () => ClientSessionsModule.forRoot(options())],
  ...(
    [
      ['useFactory', { useFactory: options }],
      ['useFactory that answers later', { useFactory: async () => Promise.resolve(options()) }],
      ['useClass', { useClass: Factory }],
    ] as [string, ClientSessionsModuleAsyncOptions][]
  ).map(([name, way]): (typeof WAYS)[number] => [name, () => ClientSessionsModule.forRootAsync(way)]),
];

/** However deep, hidden properties and symbols included. Getters are not called: Node's own would change the server. */
const show = (value: unknown, depth = Infinity): string =>
  inspect(value, { depth, showHidden: true, maxArrayLength: null });

test.each(WAYS)(
  '%s: no secret is seen in the module, nor in what Nest keeps of it',
  async (_way, configure) => {
    const dynamic = configure();
    expect(leaksOf(SECRETS, show(dynamic))).toEqual([]);

    const { app } = await start('express', { sessions: [dynamic] });
    const modules = app.get(ModulesContainer, { strict: false });
    const own = [...modules.values()].find(({ metatype }) => metatype === ClientSessionsModule)!;

    expect(leaksOf(SECRETS, show(app.get(ClientSessionsModule)))).toEqual([]);
    // From here on everything that Nest knows is within reach.
    expect(leaksOf(SECRETS, show(own, 6))).toEqual([]);
    expect(leaksOf(SECRETS, JSON.stringify(app.get(ClientSessionsModule)))).toEqual([]);
  },
);
