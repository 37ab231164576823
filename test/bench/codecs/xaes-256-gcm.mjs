import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createNonces } from './nonces.mjs';

const HEADER = 5;
const NONCE = 24;
const TAG = 16;
const NONCE_END = HEADER + NONCE;
/** Where the nonce of the inner AES-256-GCM begins. */
const INNER_NONCE = HEADER + 12;
const OPTIONS = { authTagLength: TAG };

/**
 * The least that XAES-256-GCM costs with node:crypto: a block cipher that lives on, one cipher object a
 * message, a header as
 * associated data, one scratch buffer.
 *
 * @see https://c2sp.org/XAES-256-GCM
 * @returns {import('./codec.mjs').Codec}
 */
export function createCodec() {
  const block = createCipheriv('aes-256-ecb', Buffer.alloc(32, 7), null).setAutoPadding(false);
  const template = derivationBlocks(block);
  const blocks = Buffer.alloc(32);
  const putNonce = createNonces(NONCE);
  const scratch = Buffer.allocUnsafeSlow(16_384);
  const header = Buffer.from([1, 2, 3, 4, 5]);

  const keyOfScratch = () => {
    template.copy(blocks);
    scratch.copy(blocks, 4, HEADER, INNER_NONCE);
    scratch.copy(blocks, 20, HEADER, INNER_NONCE);
    for (let i = 0; i < 12; i++) {
      blocks[4 + i] ^= template[4 + i];
      blocks[20 + i] ^= template[20 + i];
    }
    return block.update(blocks);
  };

  return {
    name: 'XAES-256-GCM',
    kind: 'floor',
    seal(content) {
      const json = JSON.stringify(content);
      header.copy(scratch);
      putNonce(scratch, HEADER);
      const inner = scratch.subarray(INNER_NONCE, NONCE_END);
      const cipher = createCipheriv('aes-256-gcm', keyOfScratch(), inner, OPTIONS);
      cipher.setAAD(header);
      const ciphertext = cipher.update(json, 'utf8');
      cipher.final();
      const end = NONCE_END + ciphertext.copy(scratch, NONCE_END);
      return scratch.base64urlSlice(0, end + cipher.getAuthTag().copy(scratch, end));
    },
    unseal(text) {
      const end = scratch.base64urlWrite(text, 0) - TAG;
      if (scratch.compare(header, 0, HEADER, 0, HEADER) !== 0) return undefined;
      const inner = scratch.subarray(INNER_NONCE, NONCE_END);
      const decipher = createDecipheriv('aes-256-gcm', keyOfScratch(), inner, OPTIONS);
      decipher.setAAD(header).setAuthTag(scratch.subarray(end, end + TAG));
      const json = decipher.update(scratch.subarray(NONCE_END, end), undefined, 'utf8');
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return JSON.parse(json);
    },
  };
}

/** M1 ‖ M2 of the specification, combined with K1; only the nonce is missing. */
function derivationBlocks(block) {
  const l = block.update(Buffer.alloc(16));
  const k1 = l.map((byte, i) => (byte << 1) | ((l[i + 1] ?? 0) >> 7));
  if (l[0] & 0x80) k1[15] ^= 0x87;
  const blocks = Buffer.concat([k1, k1]);
  for (const counter of [1, 2]) {
    blocks[16 * counter - 15] ^= counter;
    blocks[16 * counter - 14] ^= 0x58;
  }
  return blocks;
}
