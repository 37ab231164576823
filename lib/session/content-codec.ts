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
