import { describe, expect, test } from "vitest";
import { rankVersion } from "../../src/engine/semver.ts";

describe("versions", () => {
  test("have the order of the specification", () => {
    const texts = [
      "0.0.0-0",
      "0.9.9",
      "1.0.0--1",
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "1.2.3",
      "1.10.0",
      "99999999999999999999.0.0",
      "100000000000000000000.0.0",
    ];
    const ranks = texts.map(rankValidVersion);
    for (const [i, a] of ranks.entries()) {
      for (const [j, b] of ranks.entries()) {
        expect(a < b, `${texts[i]} ${texts[j]}`).toBe(i < j);
      }
    }
  });

  test("are equal if only their build metadata differs", () => {
    expect(rankValidVersion("1.2.3+b1")).toBe(rankValidVersion("1.2.3+b2"));
    expect(rankValidVersion("1.2.3-a+b-1.0")).toBe(rankValidVersion("1.2.3-a"));
  });

  test.each([
    "",
    "1",
    "1.2",
    "1.2.3.4",
    "v1.2.3",
    " 1.2.3",
    "1.2.3 ",
    "01.2.3",
    "1.02.3",
    "1.2.3-",
    "1.2.3-01",
    "1.2.3-a..b",
    "1.2.3+",
    "1.2.3+a+b",
    "1.2.3-ü",
    "1.2.x",
    "1.2.3\n",
    "-1.2.3",
  ])("must be strict: %j", (text) => {
    expect(rankVersion(text)).toBeUndefined();
  });

  test("of hostile length are parsed in linear time", () => {
    expect(rankVersion(`1.2.3-${"1".repeat(100_000)}!`)).toBeUndefined();
    expect(rankVersion(`1.2.3-${"a.".repeat(50_000)}`)).toBeUndefined();
  });
});

function rankValidVersion(text: string): string {
  const rank = rankVersion(text);
  if (rank === undefined) throw new Error(`not a version: ${text}`);
  return rank;
}
