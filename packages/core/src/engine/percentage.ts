import { digest, state } from "./md5.ts";

const ENCODER = new TextEncoder();
/** One block holds 55 bytes of text: the 56th is the end mark, the last eight are the length. */
const ONE_BLOCK = 55;

/** Room for 16 blocks is kept; longer texts get their own. */
const WORDS = new Int32Array(256);
const BYTES = new Uint8Array(1024);

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
    hash = hashText(
      Array(times)
        .fill(prefix + rest)
        .join(","),
    );
  }
  return (hash / 9998) * 100;
}

function hashPair(prefix: string, rest: string): number {
  const length = prefix.length + rest.length;
  if (length > ONE_BLOCK) return hashText(prefix + rest);
  let word = 0;
  for (let at = 0; at < length; at++) {
    const code = at < prefix.length ? prefix.charCodeAt(at) : rest.charCodeAt(at - prefix.length);
    if (code > 127) return hashText(prefix + rest);
    word |= code << ((at & 3) << 3);
    if ((at & 3) !== 3) continue;
    WORDS[at >> 2] = word;
    word = 0;
  }
  WORDS[length >> 2] = word;
  for (let i = (length >> 2) + 1; i < 16; i++) WORDS[i] = 0;
  return finish(WORDS, length, 1);
}

function hashText(text: string): number {
  const fits = text.length * 3 <= WORDS.length * 4 - 9;
  const bytes = fits ? BYTES : ENCODER.encode(text);
  const length = fits ? ENCODER.encodeInto(text, BYTES).written : bytes.length;
  const blocks = (length + 8 + 64) >> 6;
  const words = fits ? WORDS.fill(0, 0, blocks * 16) : new Int32Array(blocks * 16);
  for (let i = 0; i < length; i++) {
    words[i >> 2] = (words[i >> 2] ?? 0) | ((bytes[i] ?? 0) << ((i & 3) << 3));
  }
  return finish(words, length, blocks);
}

function finish(words: Int32Array, length: number, blocks: number): number {
  words[length >> 2] = (words[length >> 2] ?? 0) | (0x80 << ((length & 3) << 3));
  words[blocks * 16 - 2] = length << 3;
  words[blocks * 16 - 1] = length >>> 29;
  digest(words, blocks);
  let sum = 0;
  for (let i = 0; i < 16; i++) {
    const byte = ((state[i >> 2] as number) >>> ((i & 3) << 3)) & 255;
    sum += byte * (POWERS[i] as number);
  }
  return sum % 9999;
}

function powers(): Int32Array {
  const table = new Int32Array(16);
  for (let i = 15, power = 1; i >= 0; i--, power = (power * 256) % 9999) table[i] = power;
  return table;
}
