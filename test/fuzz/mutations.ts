import type { Random } from './random.js';

/** No case is longer. */
const LONGEST = 6_000;
const ODD = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3b, 0x3d, 0x5c, 0x7f, 0x80, 0xa0, 0xff].map((byte) =>
  Buffer.of(byte),
);

/** Makes a new case of one that has reached something. */
export function mutate(
  given: Buffer,
  others: readonly Buffer[],
  words: readonly Buffer[],
  random: Random,
): Buffer {
  let bytes = given;
  for (let times = 1 + random.below(4); times > 0; times--) bytes = mutateOnce(bytes, others, words, random);
  return bytes.length > LONGEST ? bytes.subarray(0, LONGEST) : bytes;
}

function mutateOnce(
  bytes: Buffer,
  others: readonly Buffer[],
  words: readonly Buffer[],
  random: Random,
): Buffer {
  const at = random.below(bytes.length + 1);
  const until = Math.min(bytes.length, at + 1 + random.below(random.below(2) ? 4 : 64));
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, until), bytes.subarray(until)];
  switch (random.below(9)) {
    case 0:
      return withByte(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return withByte(bytes, at, () => random.below(256));
    case 2:
      return Buffer.concat([before, random.pick(ODD), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, after]);
    case 4:
      return Buffer.concat([before, part, part, after]);
    case 5: {
      const other = random.pick(others);
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))]);
    }
    case 6:
      return Buffer.concat([before, random.pick(words), after]);
    case 7:
      return Buffer.concat([before, random.pick(words), bytes.subarray(at)]);
    default: {
      const to = random.below(bytes.length + 1);
      const rest = Buffer.concat([before, after]);
      return Buffer.concat([rest.subarray(0, to), part, rest.subarray(to)]);
    }
  }
}

function withByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = change(copy[at]!);
  return copy;
}
