/** The part of an Express application that is needed here, so that Express stays optional. */
interface ExpressApplication {
  readonly request: object;
}

/** What all requests of an application inherit from: Express makes one for each application. */
export function requestPrototypeOf(application: ExpressApplication): object {
  return application.request;
}
