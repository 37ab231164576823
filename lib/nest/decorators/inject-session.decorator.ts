import { Inject } from '@nestjs/common';
import { nameOf, type SessionDefinition } from '../../options/session-definition.js';
import type { SessionName } from '../../options/session-types.js';
import { noteAskedSession } from '../asked-sessions.js';
import { tokenOf } from '../client-sessions.constants.js';

/**
 * Injects a session into a provider of any scope, also into a singleton: an object that shows the session of the
 * request under way, whenever it is used. Changes are flushed when the handler has returned, as with `@Session()`.
 *
 * Outside of a request, its use throws a `SessionUnavailableError`. It shows no key `then`, because whoever awaits an
 * object reads that key.
 *
 * @param session name or definition of the session. @default the default session
 * @example constructor(\@InjectSession(Cart) private readonly cart: SessionOf<typeof Cart>) {}
 */
export function InjectSession(
  session?: SessionName | SessionDefinition<object>,
): PropertyDecorator & ParameterDecorator;
export function InjectSession(...args: [session?: unknown]): PropertyDecorator & ParameterDecorator {
  const name = args.length === 0 ? undefined : nameOf(args[0]);
  const inject = Inject(tokenOf('SESSION', name));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    inject(target, key as string, index as number);
    noteAskedSession(target, key, name, 'injected');
  };
}
