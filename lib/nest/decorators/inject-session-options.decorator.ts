import { Inject } from '@nestjs/common';
import type { SessionDefinition } from '../../options/session-definition.js';
import type { SessionName } from '../../options/session-types.js';
import { noteAskedSession } from '../asked-sessions.js';
import { getSessionOptionsToken } from '../client-sessions.constants.js';

/**
 * Injects the resolved configuration of a session, of type `ResolvedSessionOptions`.
 *
 * @param session name or definition of the session. @default the default session
 */
export function InjectSessionOptions(
  session?: SessionName | SessionDefinition<object>,
): PropertyDecorator & ParameterDecorator {
  const inject = Inject(getSessionOptionsToken(session));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    inject(target, key as string, index as number);
    // Nest itself refuses an unknown name.
    if (session === undefined) noteAskedSession(target, key, undefined, 'options');
  };
}
