import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/**
 * Properties that frameworks and their own plugins give to requests. A session of such a name would replace
 * the property.
 */
const TAKEN: readonly (readonly [owner: string, keys: string])[] = [
  [
    'Express',
    'accepts acceptsCharset acceptsCharsets acceptsEncoding acceptsEncodings acceptsLanguage acceptsLanguages ' +
      'app baseUrl body cookies fresh get header host hostname ip ips is next originalUrl param params path ' +
      'protocol query range res route secret secure signedCookies stale subdomains xhr ' +
      '_body _parsedUrl _parsedOriginalUrl',
  ],
  [
    'Fastify',
    'additionalHeaders compileValidationSchema context getDecorator getValidationFunction id is404 log mediaType ' +
      'port raw req routeOptions routerMethod routerPath server setDecorator signCookie signal unsignCookie ' +
      'validateInput validationError',
  ],
  ['Nest', 'hosts rawBody'],
];

const OWNERS: ReadonlyMap<string, string> = new Map(
  TAKEN.flatMap(([owner, keys]) => keys.split(' ').map((key) => [key, owner] as const)),
);

/** @throws {@link InvalidOptionsError} for a property that requests already have on any platform */
export function assertRequestKey(key: unknown): asserts key is string {
  const remedy = 'Keep the name, and choose another "requestKey", such as \'session\'.';
  if (typeof key !== 'string' || key === '')
    throw new InvalidOptionsError('requestKey', 'must be the name of a property', remedy);
  const owner = ownerOf(key);
  if (owner === undefined) return;
  throw new InvalidOptionsError(
    'requestKey',
    `must not be "${key}", because every request already has this property of ${owner}`,
    remedy,
  );
}

function ownerOf(key: string): string | undefined {
  if (key in Object.prototype) return 'JavaScript';
  return key in new IncomingMessage(new Socket()) ? 'Node' : OWNERS.get(key);
}
