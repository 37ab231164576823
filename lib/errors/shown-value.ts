/** A secret has at least this many bytes. */
const SECRET_BYTES = 32;

/** The form of a value that is safe in a message. Long text is left out, because it may be a misplaced secret. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value) < SECRET_BYTES ? JSON.stringify(value) : 'this text';
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}n`;
    default:
      return value === null ? 'null' : `a value of type ${typeof value}`;
  }
}
