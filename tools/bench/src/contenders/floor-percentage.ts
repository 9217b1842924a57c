// The fastest way that we know from two ids to a percentage in plain JavaScript: one block of MD5 with its 64 steps
// written out by a generator, and the digest modulo 9999 without BigInt.

import { createHash } from "node:crypto";

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const mixers: readonly ((b: string, c: string, d: string) => string)[] = [
  (b, c, d) => `${b} & ${c} | ~${b} & ${d}`,
  (b, c, d) => `${d} & ${b} | ~${d} & ${c}`,
  (b, c, d) => `${b} ^ ${c} ^ ${d}`,
  (b, c, d) => `${c} ^ (${b} | ~${d})`,
];
const initial = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];

const digestBlock = generateDigest();
const words = new Int32Array(16);
const digest = new Int32Array(4);
/** Powers of 256 modulo 9999, from the first byte of a digest to the last. */
const powers = Int32Array.from({ length: 16 }, (_, byte) =>
  Array.from({ length: 15 - byte }).reduce<number>((power) => (power * 256) % 9999, 1),
);

/** Returns a percentage from 0 to 100. The ids must be ASCII and fit one block: 55 characters with the comma. */
export function hashToPercentage(first: string, second: string): number {
  const text = `${first},${second}`;
  let remainder = digestModulo9999(text);
  // One in 9999 texts is hashed again. This is too rare to be worth optimising.
  for (let times = 2; remainder === 9998; times++) {
    const repeated = Array<string>(times).fill(text).join(",");
    const hash = createHash("md5").update(repeated).digest("hex");
    remainder = Number(BigInt(`0x${hash}`) % 9999n);
  }
  return (remainder / 9998) * 100;
}

function digestModulo9999(text: string): number {
  if (text.length > 55) throw new RangeError(`"${text}" does not fit one block.`);
  words.fill(0);
  for (let i = 0; i < text.length; i++) {
    words[i >> 2] = (words[i >> 2] ?? 0) | (text.charCodeAt(i) << ((i & 3) << 3));
  }
  words[text.length >> 2] = (words[text.length >> 2] ?? 0) | (0x80 << ((text.length & 3) << 3));
  words[14] = text.length << 3;
  digestBlock(words, digest);
  let sum = 0;
  for (let i = 0; i < 16; i++) {
    sum += (((digest[i >> 2] ?? 0) >>> ((i & 3) << 3)) & 255) * (powers[i] ?? 0);
  }
  return sum % 9999;
}

function generateDigest(): (words: Int32Array, out: Int32Array) => void {
  const lines = Array.from({ length: 16 }, (_, i) => `const w${i} = words[${i}];`);
  lines.push(`let a = ${initial[0]}, b = ${initial[1]}, c = ${initial[2]}, d = ${initial[3]};`);
  for (let i = 0; i < 64; i++) lines.push(generateStep(i));
  for (const [i, register] of [..."abcd"].entries()) {
    lines.push(`out[${i}] = ${register} + ${initial[i]} | 0;`);
  }
  return new Function("words", "out", lines.join("\n")) as ReturnType<typeof generateDigest>;
}

/** Generates one of the 64 steps. The four registers rotate from step to step. */
function generateStep(i: number): string {
  const round = i >> 4;
  const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] ?? 0;
  const sine = Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) | 0;
  const shift = shifts[(round << 2) | (i & 3)] ?? 0;
  const [a = "", b = "", c = "", d = ""] = "abcdabcd".slice(4 - (i & 3));
  const mixed = `${a} + (${mixers[round]?.(b, c, d)}) + w${word & 15} + ${sine} | 0`;
  return `${a} = ${mixed}; ${a} = (${a} << ${shift} | ${a} >>> ${32 - shift}) + ${b} | 0;`;
}
