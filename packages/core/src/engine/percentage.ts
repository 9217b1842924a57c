import { digestView, hashBlocks } from "./md5.ts";

// Created at first use, because jest-environment-jsdom has none.
let encoder: TextEncoder | undefined;

/** The size of the shared buffer, which has 16 blocks. Longer texts, and those that are not ASCII, use a new one. */
const bufferBytes = 1024;
const buffer = new Uint8Array(bufferBytes);
const bufferView = new DataView(buffer.buffer);

/**
 * Hashes a pair of ids to a number from 0 to 100, 100 excluded: `md5("<a>,<b>")` as a number, mod 9999, divided by
 * 9998. If that is exactly 100, the pair is repeated twice, then three times, … and hashed again.
 *
 * The pair is passed as a prefix (`"<a>,"` and the constant start of `<b>`) and the rest, so that no texts are joined.
 */
export function hashToPercentage(prefix: string, rest: string): number {
  let hash = hashPair(prefix, rest);
  for (let list = rest; hash === 9998; ) {
    list += `,${prefix}${rest}`;
    hash = hashPair(prefix, list);
  }
  return (hash / 9998) * 100;
}

function hashPair(prefix: string, rest: string): number {
  const length = prefix.length + rest.length;
  // Above 127 if a character is not ASCII, or if the text is too long for this loop. The text is then encoded.
  let bits = length < bufferBytes - 9 ? 0 : 128;
  for (let at = 0; at < length && bits < 128; at++) {
    const code = at < prefix.length ? prefix.charCodeAt(at) : rest.charCodeAt(at - prefix.length);
    buffer[at] = code;
    bits |= code;
  }
  if (bits < 128) return hashBytes(bufferView, length);
  const bytes = new Uint8Array(length * 3 + 72);
  encoder ??= new TextEncoder();
  const { written } = encoder.encodeInto(prefix + rest, bytes);
  return hashBytes(new DataView(bytes.buffer), written);
}

/** Pads the bytes (a mark, zeros up to a whole block, the length in bits) and hashes them. */
function hashBytes(view: DataView, length: number): number {
  const blocks = (length + 72) >> 6;
  const end = (blocks << 6) - 8;
  for (let at = length; at < end; at += 4) view.setUint32(at, 0);
  view.setUint8(length, 128);
  view.setUint32(end, length << 3, true);
  view.setUint32(end + 4, length >>> 29, true);
  hashBlocks(view, blocks);
  let hash = 0;
  for (let at = 0; at < 16; at += 2) hash = ((hash << 16) | digestView.getUint16(at)) % 9999;
  return hash;
}
