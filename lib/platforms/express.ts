import type { ApplicationPrototypes } from '../http/request-sessions.js';

/** The part of an Express application that is needed here, so that Express stays optional. */
type ExpressApplication = ApplicationPrototypes;

/** What all requests and responses of an application inherit from: Express makes a pair for each application. */
export function prototypesOf({ request, response }: ExpressApplication): ApplicationPrototypes {
  return { request, response };
}
