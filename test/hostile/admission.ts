import { type Host, HTTP2_HOSTS } from './server/hosts.js';

/** What becomes of the Cookie fields of a request before any of our code sees them. */
export type Admission =
  | 'whole'
  /** Some fields are dropped, and the request is served. */
  | 'cut'
  /** 431 over HTTP/1.1, the end of the stream over HTTP/2. */
  | 'refused';

/** As they come, Node's servers accept so much. */
const HTTP1_BYTES = 16_384;
const HTTP1_FIELDS = 1_000;
const HTTP2_BYTES = 65_535;
const HTTP2_FIELDS = 128;
/** What the fields beside the cookies take, such as the path. */
const OTHERS = { bytes: 200, fields: 5 };

/**
 * Says what Node does with the fields of a request.
 *
 * @param headerBytes how many bytes the server accepts, if it was told
 */
export function admissionOf(host: Host, fields: readonly string[], headerBytes?: number): Admission {
  return (HTTP2_HOSTS as readonly Host[]).includes(host)
    ? admissionOf2(fields, headerBytes)
    : admissionOf1(fields, headerBytes ?? HTTP1_BYTES);
}

function admissionOf1(fields: readonly string[], most: number): Admission {
  if (bytesOf(fields, 'cookie'.length) > most) return 'refused';
  return fields.length + OTHERS.fields > HTTP1_FIELDS ? 'cut' : 'whole';
}

/** @see https://www.rfc-editor.org/rfc/rfc9113#section-10.5.1 */
function admissionOf2(fields: readonly string[], headerBytes: number | undefined): Admission {
  if (fields.length + OTHERS.fields > (headerBytes ?? HTTP2_FIELDS)) return 'refused';
  if (bytesOf(fields, 'cookie'.length + 32) > (headerBytes ?? HTTP2_BYTES)) return 'refused';
  // nghttp2 ignores fields whose values begin or end with a blank.
  return fields.some((field) => /^[ \t]|[ \t]$/.test(field)) ? 'cut' : 'whole';
}

function bytesOf(fields: readonly string[], each: number): number {
  return fields.reduce((sum, field) => sum + field.length + each, OTHERS.bytes);
}
