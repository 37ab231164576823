import { sealData, unsealData } from 'iron-session';
import { SECRET } from '../secret.mjs';

/** @returns {import('./codec.mjs').Codec} */
export function createCodec() {
  const options = { password: SECRET };
  return {
    name: 'iron-session',
    kind: 'peer',
    seal: (content) => sealData(content, options),
    async unseal(text) {
      // What it refuses comes back as an empty object.
      const content = await unsealData(text, options);
      return Object.keys(content).length > 0 ? content : undefined;
    },
  };
}
