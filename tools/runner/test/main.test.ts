import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

const script = resolve(import.meta.dirname, "fixture-run.ts");

function run(...args: string[]) {
  return runWith({}, ...args);
}

function runWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { env: { ...process.env, ...env } };
  return new Promise((done) => {
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const lastLine = (output: string) => output.trimEnd().split("\n").at(-1);

describe("npm test", () => {
  it("ends with the total and exit code 0 if every part passes", async () => {
    const { code, stdout } = await run("passes");
    expect(lastLine(stdout)).toBe("1 passed, 0 failed");
    expect(code).toBe(0);
  });

  it("ends with the true total and exit code 1 whatever parts do", async () => {
    const { code, stdout } = await run();
    // Each of these parts breaks down once; "passes" and most others report one passed test.
    expect(lastLine(stdout)).toBe("6 passed, 7 failed");
    expect(code).toBe(1);
  });

  it("shows a table of parts before the total", async () => {
    const { stdout } = await run("passes", "exits");
    const table = stdout.split("\n").filter((line) => /^(part|passes|exits) /.test(line));
    expect(table.map((line) => line.replace(/\s+[\d.]+$/, ""))).toEqual([
      expect.stringMatching(/^part\s+passed\s+failed\s+skipped\s+seconds$/),
      expect.stringMatching(/^passes\s+1\s+0\s+0$/),
      expect.stringMatching(/^exits\s+0\s+1\s+0$/),
    ]);
  });

  it("ends with the total if the runner itself throws or rejects", async () => {
    const { code, stdout } = await runWith({ FAILING_RUNNER: "1" }, "never-ends");
    expect(lastLine(stdout)).toBe("0 passed, 1 failed");
    expect(stdout).toContain("an error of the runner");
    expect(code).toBe(1);
  });

  it("skips parts that need the packages, and fails once, if packing fails", async () => {
    const { code, stdout } = await run("packaged");
    expect(lastLine(stdout)).toBe("0 passed, 1 failed");
    expect(stdout).toContain("skipped packaged: all: packing failed");
    expect(code).toBe(1);
  });

  it("ends with the total and one failure if it is interrupted", async () => {
    const child = spawn(process.execPath, [script, "never-ends"]);
    const output = text(child.stdout);
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [code] = await once(child, "close");
    expect(lastLine(await output)).toBe("0 passed, 1 failed");
    expect(code).toBe(1);
  });

  it("lists parts, runtimes and options with --help", async () => {
    const { code, stdout } = await run("--help");
    expect(stdout).toContain("passes, for tests");
    expect(stdout).toContain("node24");
    expect(stdout).toContain("--case TEXT");
    expect(code).toBe(0);
  });

  it("explains an unknown name in one line with exit code 1", async () => {
    const { code, stdout, stderr } = await run("unti");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain('Unknown part "unti"');
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});
