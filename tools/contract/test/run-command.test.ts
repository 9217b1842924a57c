import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript, type ScriptLimits } from "../src/host/run-command.ts";

const script = resolve(import.meta.dirname, "scripts/suite.mjs");
const run = (end: string, limits?: ScriptLimits) =>
  runScript({ program: process.execPath, script }, { end }, limits);

const passed = { name: "passes" };
const failed = { name: "last case", failure: "broken" };

describe("a suite script", () => {
  it("reports its results, and that its process ended by itself", async () => {
    expect(await run("well")).toEqual([passed, failed, { name: "the process ends by itself" }]);
  });

  it.each([
    ["dies", "SIGKILL"],
    ["exits", "exit code 3"],
  ])("is one failure, with the case that was running, if it %s", async (end, reason) => {
    const [first, breakdown, ...others] = await run(end);
    expect(first).toEqual(passed);
    expect(breakdown).toMatchObject({ name: "the suite runs to its end" });
    expect(breakdown?.failure).toContain(reason);
    expect(breakdown?.failure).toContain('during the case "last case"');
    expect(breakdown?.failure).toContain("other output");
    expect(others).toEqual([]);
  });

  it("is one failure if it prints nothing more", async () => {
    const results = await run("hangs", { silenceLimitMs: 2000 });
    expect(results.map(({ name }) => name)).toEqual(["passes", "the suite runs to its end"]);
    expect(results.at(-1)?.failure).toContain("no line for 2000 ms");
  });

  it("is one failure if its process stays alive after the last line", async () => {
    const results = await run("stays", { exitLimitMs: 50 });
    expect(results.slice(0, 2)).toEqual([passed, failed]);
    expect(results.slice(2)).toEqual([
      { name: "the process ends by itself", failure: expect.stringContaining("still alive") },
    ]);
  });

  it("is one failure if it fails after the last line", async () => {
    const results = await run("throws");
    expect(results).toHaveLength(3);
    expect(results.at(-1)?.failure).toContain("thrown at the end");
  });

  it.each([
    ["ENOENT", resolve(import.meta.dirname, "missing")],
    ["ENOTDIR", resolve(script, "missing")],
  ])("is one failure if its program cannot be started (%s)", async (code, program) => {
    const results = await runScript({ program, script }, {});
    expect(results).toHaveLength(1);
    expect(results[0]?.failure).toContain(code);
  });
});
