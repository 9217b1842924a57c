import { expect, it } from "vitest";
import type { FlagSource } from "../../src/flags/flag-evaluation.ts";
import { createCompiler, environmentDocument } from "../fake-environment.ts";

/** Compiles two documents with equal segments. Returns whether the second one has the segments of the first. */
function sharesSegments(first: FlagSource, second: FlagSource): boolean {
  const compiler = createCompiler();
  const [before, after] = [first, second].map((source, index) => {
    const environment = compiler.compile(environmentDocument(index), source);
    return "refused" in environment ? expect.unreachable() : environment.compiled.tables.segments;
  });
  return before?.[0] === after?.[0];
}

it("does not compile the rules of a segment again that has not changed", () => {
  expect(sharesSegments("local", "local")).toBe(true);
  expect(sharesSegments("storage", "local")).toBe(true);
});

it("compiles all rules again after a document of an offline handler", () => {
  expect(sharesSegments("offline", "offline")).toBe(false);
});
