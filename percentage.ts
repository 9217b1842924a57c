import { digest, state } from "./md5.ts";

/** Room for 16 blocks; longer texts get their own. */
const WORDS = new Int32Array(256);
/** In bytes. A text is followed by its end mark and, in eight bytes, its length. */
const LONGEST_TEXT = WORDS.byteLength - 9;

/** 256^(15 - i) mod 9999: what byte `i` of a digest contributes to the digest as a number. */
const POWERS = powers();

/**
 * Where a pair of ids falls between 0 and 100, 100 excluded: `md5("<a>,<b>")` as a number, mod 9999, over 9998.
 *
 * The pair comes as a prefix (`"<a>,"`, and whatever `<b>` always starts with) and the rest, so that nothing is
 * joined per question. A hash of exactly 100 is taken again over the list repeated twice, then three times, …
 */
export function percentage(prefix: string, rest: string): number {
  let hash = hashPair(prefix, rest);
  for (let times = 2; hash === 9998; times++) {
    hash = hashPair(
      "",
      Array(times)
        .fill(prefix + rest)
        .join(","),
    );
  }
  return (hash / 9998) * 100;
}

function hashPair(prefix: string, rest: string): number {
  const length = prefix.length + rest.length;
  if (length > LONGEST_TEXT) return hashBytes(prefix + rest);
  let word = 0;
  for (let at = 0; at < length; at++) {
    const code = at < prefix.length ? prefix.charCodeAt(at) : rest.charCodeAt(at - prefix.length);
    if (code > 127) return hashBytes(prefix + rest);
    word |= code << ((at & 3) << 3);
    if ((at & 3) !== 3) continue;
    WORDS[at >> 2] = word;
    word = 0;
  }
  WORDS[length >> 2] = word;
  return finish(WORDS, length);
}

/** For what is long or not ASCII. */
function hashBytes(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const words = new Int32Array(blocksOf(bytes.length) << 4);
  bytes.forEach((byte, at) => {
    words[at >> 2] = (words[at >> 2] ?? 0) | (byte << ((at & 3) << 3));
  });
  return finish(words, bytes.length);
}

function finish(words: Int32Array, length: number): number {
  const blocks = blocksOf(length);
  const end = length >> 2;
  words[end] = (words[end] ?? 0) | (0x80 << ((length & 3) << 3));
  for (let i = end + 1; i < blocks << 4; i++) words[i] = 0;
  words[(blocks << 4) - 2] = length << 3;
  words[(blocks << 4) - 1] = length >>> 29;
  digest(words, blocks);
  let sum = 0;
  for (let i = 0; i < 16; i++) {
    const byte = ((state[i >> 2] as number) >>> ((i & 3) << 3)) & 255;
    sum += byte * (POWERS[i] as number);
  }
  return sum % 9999;
}

function blocksOf(length: number): number {
  return (length + 72) >> 6;
}

function powers(): Int32Array {
  const table = new Int32Array(16);
  for (let i = 15, power = 1; i >= 0; i--, power = (power * 256) % 9999) table[i] = power;
  return table;
}
