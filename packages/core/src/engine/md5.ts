/** The table of RFC 1321: the integer parts of 2^32 × |sin(i + 1)|. */
const sines = createTable((i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))));
/** The offset in a block that each step reads, in bytes. */
const offsets = createTable(
  (i) => (([i, i * 5 + 1, i * 3 + 5, i * 7][i >> 4] as number) & 15) << 2,
);
/** The number of bits that each step rotates: four for each round, used in turn. */
const shifts = createTable(
  (i) => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21][((i >> 2) & 12) | (i & 3)],
);

/** The 16 bytes of the last digest. */
export const digestView: DataView = new DataView(new ArrayBuffer(16));

/** Hashes padded 64-byte blocks and writes the digest to {@link digestView}. */
export function hashBlocks(bytes: DataView, blocks: number): void {
  let a0 = 0x67452301;
  let b0 = 0xefcdab89 | 0;
  let c0 = 0x98badcfe | 0;
  let d0 = 0x10325476;
  for (let block = 0; block < blocks << 6; block += 64) {
    let a = a0;
    let b = b0;
    let c = c0;
    let d = d0;
    for (let i = 0; i < 64; i++) {
      const mixed =
        i < 16
          ? (b & c) | (~b & d)
          : i < 32
            ? (d & b) | (~d & c)
            : i < 48
              ? b ^ c ^ d
              : c ^ (b | ~d);
      const word = bytes.getInt32(block + (offsets[i] as number), true);
      const sum = (a + mixed + (sines[i] as number) + word) | 0;
      const shift = shifts[i] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  digestView.setInt32(0, a0, true);
  digestView.setInt32(4, b0, true);
  digestView.setInt32(8, c0, true);
  digestView.setInt32(12, d0, true);
}

function createTable(value: (i: number) => number | undefined): Int32Array {
  return Int32Array.from({ length: 64 }, (_, i) => value(i) as number);
}
