import { describe, expect, it } from "vitest";
import { createPattern, parseCommandLine, UsageError } from "../src/command-line.ts";

const known = { parts: ["lint", "unit", "contract"], runtimes: ["node24", "deno"] };
const parse = (...args: string[]) => parseCommandLine(args, known);

describe("the command line of npm test", () => {
  it("selects everything without arguments", () => {
    expect(parse()).toEqual({ parts: known.parts, runtimes: [], caseTexts: [] });
  });

  it("selects parts by name, in the order in which they run and once each", () => {
    expect(parse("unit", "lint", "unit")).toMatchObject({ parts: ["lint", "unit"] });
  });

  it("selects only the contract for --runtime and --case", () => {
    expect(parse("--runtime", "deno", "--case", "realtime")).toEqual({
      parts: ["contract"],
      runtimes: ["deno"],
      caseTexts: ["realtime"],
    });
  });

  it("combines several runtimes, cases and parts", () => {
    const args = [
      "--runtime=deno",
      "--runtime=Node24",
      "--case=a",
      "--case",
      "b",
      "contract",
      "lint",
    ];
    expect(parse(...args)).toEqual({
      parts: ["lint", "contract"],
      runtimes: ["deno", "node24"],
      caseTexts: ["a", "b"],
    });
  });

  it("accepts --case for unit tests", () => {
    expect(parse("unit", "--case", "flush")).toMatchObject({
      parts: ["unit"],
      caseTexts: ["flush"],
    });
  });

  it.each([["--help"], ["-h"], ["unit", "--help"]])("shows the help for %s %s", (...args) => {
    expect(parse(...args.filter((arg) => arg !== undefined))).toBe("help");
  });

  it.each([
    { args: ["unti"], message: 'Unknown part "unti": use lint, unit, contract.' },
    { args: ["--runtime", "dino"], message: 'Unknown runtime "dino": use node24, deno.' },
    { args: ["--fast"], message: "Unknown option '--fast': see npm test -- --help." },
    {
      args: ["--case"],
      message: "Option '--case <value>' argument missing: see npm test -- --help.",
    },
    { args: ["--case", ""], message: "--case needs a part of a case's name." },
    {
      args: ["unit", "--runtime", "deno"],
      message: "--runtime has no effect on unit: add contract.",
    },
    {
      args: ["lint", "--case", "a"],
      message: "--case has no effect on lint: add contract or unit.",
    },
  ])("refuses $args in one line", ({ args, message }) => {
    expect(() => parse(...args)).toThrow(new UsageError(message));
  });
});

describe("the pattern of --case", () => {
  it.each([
    { texts: ["Retry-After"], name: "obeys retry-after (503)", matches: true },
    { texts: ["flush", "(503)"], name: "obeys retry-after (503)", matches: true },
    { texts: ["a.b"], name: "a-b", matches: false },
    { texts: ["[x]"], name: "an x", matches: false },
  ])("$texts matches $name: $matches", ({ texts, name, matches }) => {
    expect(new RegExp(createPattern(texts)).test(name)).toBe(matches);
  });
});
