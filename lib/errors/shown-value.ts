/** A secret has at least this many bytes. */
const SECRET_BYTES = 32;

/** A value as a message may show it. Longer text is not shown, because it may be a secret in the wrong place. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value) < SECRET_BYTES ? JSON.stringify(value) : 'this text';
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return value === null ? 'null' : `a value of type ${typeof value}`;
  }
}
