import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashToPercentage } from "../../src/engine/percentage.ts";

describe("the percentage of a pair of ids", () => {
  test.each([
    ["1", "a", 27.245449089817964],
    ["12", "user", 90.37807561512302],
    ["e", "ü", 47.83956791358271],
    ["77", "23068", 0],
    ["77", "30620", 50],
    ["77", "3130", 99.98999799959992],
    ["77", "11604", 56.10122024404881],
  ])("%s, %s", (a, b, expected) => {
    expect(hashToPercentage(`${a},`, b)).toBe(expected);
    expect(hashToPercentage("", `${a},${b}`)).toBe(expected);
  });

  test.each(["a", "é", "日", "😀", "\ud800"])(
    "is computed from the MD5 hash for every length of %s",
    (character) => {
      for (let length = 0; length < 300; length++) {
        const text = character.repeat(length);
        expect(hashToPercentage("key,", text)).toBe(reference(`key,${text}`));
      }
    },
  );

  test("does not depend on earlier texts, longer or shorter", () => {
    for (const length of [10, 5000, 10, 60, 400, 3, 55, 56, 64]) {
      expect(hashToPercentage("k,", "x".repeat(length))).toBe(reference(`k,${"x".repeat(length)}`));
    }
  });
});

function reference(ids: string): number {
  for (let times = 1; ; times++) {
    const text = Array<string>(times).fill(ids).join(",");
    const hash = BigInt(`0x${createHash("md5").update(text).digest("hex")}`) % 9999n;
    if (hash !== 9998n) return (Number(hash) / 9998) * 100;
  }
}
