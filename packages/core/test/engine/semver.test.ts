import { describe, expect, test } from "vitest";
import { compareVersions, parseVersion, type Version } from "../../src/engine/semver.ts";

describe("versions", () => {
  test("are ordered as the specification orders them", () => {
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
    const versions = texts.map(sound);
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) {
        expect(Math.sign(compareVersions(a, b)), `${texts[i]} ${texts[j]}`).toBe(Math.sign(i - j));
      }
    }
  });

  test("are equal whatever their build", () => {
    expect(compareVersions(sound("1.2.3+b1"), sound("1.2.3+b2"))).toBe(0);
    expect(compareVersions(sound("1.2.3-a+b-1.0"), sound("1.2.3-a"))).toBe(0);
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
  ])("are refused unless strict: %j", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  test("of hostile length are read at once", () => {
    expect(parseVersion(`1.2.3-${"1".repeat(100_000)}!`)).toBeUndefined();
    expect(parseVersion(`1.2.3-${"a.".repeat(50_000)}`)).toBeUndefined();
  });
});

function sound(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`no version: ${text}`);
  return version;
}
