import { digest, state } from "./md5.ts";

const encoder = new TextEncoder();

/** In bytes. Room for 16 blocks is kept; longer texts get their own. */
const roomBytes = 1024;
const keptBytes = new Uint8Array(roomBytes);
const keptView = new DataView(keptBytes.buffer);

/**
 * Where a pair of ids falls between 0 and 100, 100 excluded: `md5("<a>,<b>")` as a number, mod 9999, over 9998.
 *
 * The pair comes as a prefix (`"<a>,"`, and whatever `<b>` always starts with) and the rest, so that nothing is
 * joined per question. A hash of exactly 100 is taken again over the list repeated twice, then three times, …
 */
export function percentage(prefix: string, rest: string): number {
  let hash = hashPair(prefix, rest);
  for (let list = rest; hash === 9998; ) {
    list += `,${prefix}${rest}`;
    hash = hashPair(prefix, list);
  }
  return (hash / 9998) * 100;
}

function hashPair(prefix: string, rest: string): number {
  const length = prefix.length + rest.length;
  // Above 127 once a character is not ASCII; then, and where there is no room, the text is encoded.
  let bits = length < roomBytes - 9 ? 0 : 128;
  for (let at = 0; at < length && bits < 128; at++) {
    const code = at < prefix.length ? prefix.charCodeAt(at) : rest.charCodeAt(at - prefix.length);
    keptBytes[at] = code;
    bits |= code;
  }
  if (bits < 128) return hashBytes(keptBytes, length);
  const bytes = length * 3 < roomBytes - 9 ? keptBytes : new Uint8Array(length * 3 + 72);
  return hashBytes(bytes, encoder.encodeInto(prefix + rest, bytes).written);
}

/** Hashes bytes that are followed by a mark, as many zeros as fill blocks, and their length in bits. */
function hashBytes(bytes: Uint8Array, length: number): number {
  const view = bytes === keptBytes ? keptView : new DataView(bytes.buffer);
  const blocks = (length + 72) >> 6;
  const end = (blocks << 6) - 8;
  for (let at = length; at < end; at += 4) view.setUint32(at, 0);
  bytes[length] = 128;
  view.setUint32(end, length << 3, true);
  view.setUint32(end + 4, length >>> 29, true);
  digest(view, blocks);
  let hash = 0;
  for (let at = 0; at < 16; at += 2) hash = ((hash << 16) | state.getUint16(at)) % 9999;
  return hash;
}
