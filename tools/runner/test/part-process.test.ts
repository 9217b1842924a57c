import { describe, expect, it } from "vitest";
import { type PartProcessOptions, runPartProcess } from "../src/part-process.ts";
import { addUp } from "../src/results.ts";
import { createFixturePart } from "./parts/fixture-parts.ts";

const noFilters = { runtimes: [], caseTexts: [] };

async function run(name: string, options: Partial<PartProcessOptions> = {}) {
  let output = "";
  const lines: string[] = [];
  const report = await runPartProcess(createFixturePart(name), noFilters, {
    onOutput: (chunk) => {
      output += chunk;
    },
    onProgress: (line) => lines.push(line),
    ...options,
  });
  const failures = report.groups.flatMap((group) => group.failures.map(({ failure }) => failure));
  return { ...addUp(report.groups), failures, output, lines };
}

describe("a part in a process of its own", () => {
  it("reports its groups, its output and its progress", async () => {
    const { passed, failed, output, lines } = await run("passes");
    expect({ passed, failed }).toEqual({ passed: 1, failed: 0 });
    expect(output).toBe("output of a part\n");
    expect(lines).toEqual(["half way"]);
  });

  it.each([
    ["rejects", "rejected by the part"],
    ["throws-later", "thrown by a timer"],
    ["rejects-later", "second unhandled rejection"],
    ["rejects-after-end", "rejected after the end"],
    ["dies", "SIGKILL"],
  ])("counts exactly one failure if it %s, and keeps its results", async (name, reason) => {
    const { passed, failed, failures } = await run(name);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 1 });
    expect(failures[0]).toContain(reason);
  });

  it("shows the last lines of the output if it dies", async () => {
    expect((await run("dies")).failures[0]).toContain("last words");
  });

  it.each(["exits", "stalls"])(
    "counts exactly one failure if it %s before its end",
    async (name) => {
      expect(await run(name)).toMatchObject({ passed: 0, failed: 1 });
    },
  );

  it("counts exactly one failure if its module cannot be loaded", async () => {
    expect(await run("missing")).toMatchObject({ passed: 0, failed: 1 });
  });

  it("is stopped with its own processes if it never ends", async () => {
    const { failed, failures, output } = await run("never-ends", { silenceLimitMs: 3000 });
    expect(failed).toBe(1);
    expect(failures[0]).toContain("stopped after 3 s without output");
    const pid = Number(/^pid (\d+)$/m.exec(output)?.[1]);
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
  });

  it("is skipped without a failure of its own if the run is interrupted", async () => {
    const interruption = new AbortController();
    const { failed, skipped } = await run("never-ends", {
      signal: interruption.signal,
      onOutput: () => interruption.abort(),
    });
    expect({ failed, skipped }).toEqual({ failed: 0, skipped: 1 });
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
