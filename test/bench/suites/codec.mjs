import { assertSound } from '../codecs/codec.mjs';
import { BASELINE } from '../codecs/client-sessions.mjs';
import { createCodecs } from '../codecs/index.mjs';
import { contentOf } from '../content.mjs';
import { cpuOf, repetitionsFor } from '../measure/batch.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

/** Bytes of JSON. More than the last does not fit a cookie once it is sealed. */
const SIZES = [60, 300, 1000, 3000];
/** How many contents of one size there are. */
const VARIANTS = 64;
const CONTENTS = new Map(
  SIZES.map((bytes) => [bytes, Array.from({ length: VARIANTS }, (_, i) => contentOf(bytes, i))]),
);
/** `reopen`: the same cookie again, as a browser's next requests bring it. */
const OPERATIONS = ['seal', 'unseal', 'reopen'];

/**
 * Sealing and opening, as multiples of client-sessions' speed.
 *
 * @typedef {object} CodecRow
 * @property {string} codec
 * @property {string} kind
 * @property {number} bytes of the content
 * @property {number} characters of the sealed text
 * @property {string} operation
 * @property {import('../measure/statistics.mjs').Summary} speed 2: twice as fast as client-sessions, which
 * reopens by opening
 * @property {import('../measure/statistics.mjs').Summary} microseconds CPU time of one
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<CodecRow[]>}
 */
export async function runCodec({ isQuick, rounds = 21, builds }) {
  const codecs = await createCodecs(builds);
  const cells = [];
  for (const bytes of SIZES) {
    for (const codec of codecs) {
      await assertSound(codec, contentOf(bytes));
      for (const operation of OPERATIONS) {
        if (operation === 'reopen' && codec.kind === 'floor') continue;
        cells.push(await createCell(codec, bytes, operation, isQuick));
      }
    }
  }
  const figures = await interleave(cells, isQuick ? 1 : rounds, measure);
  return cells.map((cell) => {
    const { codec, bytes, operation, characters } = cell;
    const baseline = cells.find(
      (other) => other.codec.name === BASELINE && other.bytes === bytes && other.operation === operation,
    );
    const microseconds = figures.get(cell);
    const speed = microseconds.map((cost, round) => figures.get(baseline)[round] / cost);
    return {
      codec: codec.name,
      kind: codec.kind,
      bytes,
      characters,
      operation,
      speed: summarize(speed),
      microseconds: summarize(microseconds),
    };
  });
}

async function createCell(codec, bytes, operation, isQuick) {
  const cell = { codec, bytes, operation, characters: (await codec.seal(contentOf(bytes))).length };
  const repetitions = isQuick
    ? 3
    : await repetitionsFor(15, (count) => measure({ ...cell, repetitions: count }));
  return { ...cell, repetitions };
}

async function measure(cell) {
  const { codec, operation } = cell;
  return cpuOf(operation === 'seal' ? codec.seal : codec.unseal, await inputsOf(cell));
}

/** Contents to seal, cookies never seen before to open, or one cookie over and over. */
async function inputsOf({ codec, bytes, operation, repetitions }) {
  const contents = Array.from({ length: repetitions }, (_, i) => CONTENTS.get(bytes)[i % VARIANTS]);
  if (operation === 'seal') return contents;
  if (operation === 'reopen') {
    const text = await codec.seal(contents[0]);
    return contents.map(() => asReceived(text));
  }
  const texts = [];
  for (const content of contents) texts.push(asReceived(await codec.seal(content)));
  return texts;
}

/** Part of a header that nobody has read yet, as every request brings a new one. */
function asReceived(text) {
  const header = Buffer.from(`first=1; session=${text}; last=1`, 'latin1').toString('latin1');
  return header.slice(17, 17 + text.length);
}
