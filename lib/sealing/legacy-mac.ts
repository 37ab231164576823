import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LegacySignature } from './legacy-keys.js';

/** A part of what is signed. Text is signed as its UTF-8 bytes. */
export type MacPart = Uint8Array | string;

/** Computes the MAC of all parts together, as long as the algorithm says. */
export function macOf({ hash, key, macBytes }: LegacySignature, parts: readonly MacPart[]): Buffer {
  const hmac = createHmac(hash, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, macBytes);
}

/** Compares without telling by its time how much is right. @param mac as long as the algorithm says; else it throws */
export function isMacOf(signature: LegacySignature, parts: readonly MacPart[], mac: Uint8Array): boolean {
  return timingSafeEqual(mac, macOf(signature, parts));
}
