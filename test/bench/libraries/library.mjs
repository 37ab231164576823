/**
 * A library to keep sessions with. Its packages are loaded only where it is used.
 *
 * @typedef {object} Library
 * @property {string} name
 * @property {'library' | 'peer' | 'floor' | 'bare'} kind a floor is what the same work costs without a
 * library around it
 * @property {('express' | 'fastify')[]} platforms
 * @property {boolean} [hasSeveral] can keep more than one session
 * @property {() => Usage | Promise<Usage>} load
 */

/**
 * How an application uses it, with one or several sessions.
 *
 * @typedef {object} Usage
 * @property {(names: string[]) => unknown[]} [imports] Nest modules
 * @property {(app: any, names: string[]) => unknown} [install] what `main.ts` would do
 * @property {(name: string) => ParameterDecorator} [parameter] injects what `open` takes. @default the request
 * @property {boolean} [isAsync] `open` returns a promise, and takes the response as well
 * @property {(injected: any, name: string, response: any) => any} open gives the session, an object with the content
 * @property {(session: any) => unknown} [save] where changes are not seen by themselves
 */

/** Node's own request or response, which Express's is, and Fastify's holds. */
export const raw = (object) => object.raw ?? object;
