import { Inject } from '@nestjs/common';
import { getSessionOptionsToken } from '../client-sessions.constants.js';

/**
 * Injects the resolved configuration of a session, of type `ResolvedSessionOptions`.
 *
 * @param name the session's name. @default the default session
 */
export function InjectSessionOptions(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSessionOptionsToken(name));
}
