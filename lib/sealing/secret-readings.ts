const HEX = /^(?:[\da-f]{2})+$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** Returns a secret as text, one character for each byte. Hex and base64 are returned in decoded form as well. */
export function readingsOf(bytes: Buffer): readonly string[] {
  const text = bytes.toString('latin1');
  const digits = text.replace(/^\s*(?:base64:|0x)|\s+/gi, '');
  const hex = digits.replace(/[:-]/g, '');
  if (HEX.test(hex)) return [text, Buffer.from(hex, 'hex').toString('latin1')];
  if (BASE64.test(digits)) return [text, Buffer.from(digits, 'base64').toString('latin1')];
  return [text];
}
