import { SessionNotSerializableError } from '../errors/session-not-serializable.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import { stringifyContent } from './content.js';
import { isChangeable, objectsIn } from './reachable-objects.js';
import { parseStructured } from './structured-data.js';

/**
 * How content becomes text and comes back. Libraries such as superjson and devalue have this shape.
 *
 * Equal content must give equal text, because that is how a change is seen.
 */
export interface ContentCodec {
  stringify(content: object): string;
  /** May throw: the visitor then gets a fresh session. */
  parse(text: string): unknown;
}

/** A codec by its name, or one of somebody else's. */
export type CodecOption = 'json' | 'structured' | ContentCodec;

/**
 * The codec that an option stands for. What it parses is nobody else's.
 *
 * @param session name of the session, for messages
 */
export function codecOf(codec: CodecOption, session: string): ContentCodec {
  if (typeof codec === 'object') return guarded(codec, session);
  const isStructured = codec === 'structured';
  return {
    stringify: (content) => stringifyContent(content, session, isStructured),
    parse: isStructured ? parseStructured : (text) => JSON.parse(text) as unknown,
  };
}

/** A codec of somebody else's, whose objections are told as ours are, and whose objects nobody else gets. */
function guarded(codec: ContentCodec, session: string): ContentCodec {
  return {
    parse: (text) => {
      // Whatever it hands out again, from a cache or a constant, shows when it is asked twice.
      const others = objectsIn(codec.parse(text));
      const content = codec.parse(text);
      const isShared = [...objectsIn(content)].some((object) => others.has(object) && isChangeable(object));
      return isShared ? copyOf(content as object, codec) : content;
    },
    stringify: (content) => {
      try {
        return codec.stringify({ ...content });
      } catch (error) {
        // Whatever it says may quote the content, and an error's cause ends up in logs.
        const problem = `refused by its codec with ${describeThrown(error)}`;
        throw new SessionNotSerializableError(
          session,
          'its content',
          problem,
          'Store what the codec can carry.',
        );
      }
    },
  };
}

/** @throws TypeError, DataCloneError when the content is more than data */
function copyOf(content: object, codec: ContentCodec): unknown {
  const copy = structuredClone(content);
  if (codec.stringify(copy) === codec.stringify(content)) return copy;
  throw new TypeError('The codec hands out an object twice that cannot be copied');
}
