import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import { stringifyContent } from './content.js';
import { parseJson } from './json.js';
import { isChangeable, objectsIn } from './reachable-objects.js';
import { parseStructured } from './structured-data.js';

/**
 * Turns content into text and back. Libraries such as superjson and devalue have this shape.
 *
 * Equal content must give equal text, because changes are detected by comparing texts.
 */
export interface ContentCodec {
  stringify(content: object): string;
  /** It may throw. Then the visitor gets a fresh session. */
  parse(text: string): unknown;
}

/** In a pattern with the flag u, both halves of a pair are one character. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** The name of a built-in codec, or a custom codec. */
export type CodecOption = 'json' | 'structured' | ContentCodec;

/**
 * Returns the codec for an option. No other code holds the objects that it parses.
 *
 * @param session name of the session, for messages
 */
export function codecOf(codec: CodecOption, session: string): ContentCodec {
  if (typeof codec === 'object') return guarded(codec, session);
  const isStructured = codec === 'structured';
  return {
    stringify: (content) => stringifyContent(content, session, isStructured),
    parse: isStructured ? parseStructured : parseJson,
  };
}

/**
 * Wraps a custom codec. Its errors become errors of this package, and no other code holds the objects that it
 * parses.
 */
function guarded(codec: ContentCodec, session: string): ContentCodec {
  return {
    parse: (text) => {
      // Parsing twice reveals objects that the codec hands out again, from a cache or a constant.
      const others = objectsIn(codec.parse(text));
      const content = codec.parse(text);
      const isShared = [...objectsIn(content)].some((object) => others.has(object) && isChangeable(object));
      return isShared ? copyOf(content as object, codec) : content;
    },
    stringify: (content) => {
      const refuse = (problem: string, remedy: string): never => {
        throw new SessionNotSerializableError(session, 'its content', problem, remedy);
      };
      let text: string;
      try {
        text = codec.stringify({ ...content });
      } catch (error) {
        // The codec's error may quote the content, and logs show the cause of an error.
        return refuse(
          `refused by its codec with ${describeThrown(error)}`,
          'Store what the codec can carry.',
        );
      }
      if (HALF_CHARACTER.test(text))
        return refuse(
          'text of its codec that UTF-8 cannot carry, with half a surrogate pair',
          'Let the codec write bytes as base64url.',
        );
      return text;
    },
  };
}

/** @throws TypeError, DataCloneError if the content is more than data */
function copyOf(content: object, codec: ContentCodec): unknown {
  const copy = structuredClone(content);
  if (codec.stringify(copy) === codec.stringify(content)) return copy;
  throw new TypeError('The codec returned the same object twice, and the object cannot be copied');
}
