import fc from "fast-check";
import { expect, it } from "vitest";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";
import { createReader } from "./recording-reader.ts";

const time = 1795351768.718737;

const lines = fc.constantFrom(
  `data: {"updated_at": ${time}}`,
  `data:{"updated_at": "2026-11-22T12:49:28.718737Z"}`,
  "data: {",
  `data: "updated_at": 5}`,
  "data: é€😀",
  "data",
  "event: environment_updated",
  "retry: 2500",
  "retry: soon",
  ": ping",
  "id: 7",
  "",
  "",
  "\u0000",
  "\uFEFF",
);
const lineEnds = fc.constantFrom("\n", "\r\n", "\r");
const streams = fc
  .array(fc.tuple(lines, lineEnds), { maxLength: 30 })
  .map((parts) => new TextEncoder().encode(parts.flat().join("")));
const cuts = fc.array(fc.nat({ max: 999 }), { maxLength: 20 });

it("a stream that is split at any bytes has the same events", { timeout: fuzzTimeoutMs }, () =>
  fuzz("event streams", fc.record({ bytes: streams, cuts }), ({ bytes, cuts }) => {
    expect(createReader().feed(...split(bytes, cuts))).toEqual(createReader().feed(bytes));
  }),
);

it("any bytes are read without an exception", { timeout: fuzzTimeoutMs }, () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), mangled(streams));
  return fuzz("bytes of event streams", fc.record({ bytes, cuts }), ({ bytes, cuts }) => {
    for (const event of createReader().feed(...split(bytes, cuts))) {
      if (typeof event === "number") expect(Number.isFinite(event) && event >= 0).toBe(true);
    }
  });
});

it("any bytes before an empty line do not hide the next event", { timeout: fuzzTimeoutMs }, () =>
  fuzz("events after any bytes", fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const end = new TextEncoder().encode(`\n\ndata: {"updated_at": ${time}}\n\n`);
    expect(createReader().feed(bytes, end).at(-1)).toBe(time);
  }),
);

/** Splits bytes at positions in thousandths of the length. Equal positions produce empty chunks. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const positions = cuts.map((cut) => Math.floor((cut / 1000) * bytes.length));
  const sorted = [0, ...positions.sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** Replaces some bytes. */
function mangled(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 255 })), { maxLength: 5 });
  return fc.tuple(whole, changes).map(([bytes, list]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, byte] of list) {
      if (copy.length > 0) copy[Math.floor((at / 1000) * copy.length)] = byte;
    }
    return copy;
  });
}
