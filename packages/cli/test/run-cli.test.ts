import { describe, expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const files = { "environment.json": shopDocument };

describe("wrong input", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown command", ["evalute"], /unknown command 'evalute' \(Did you mean evaluate\?\)/],
    ["an unknown option", ["evaluate", "--foo"], /unknown option '--foo'/],
    ["an option without its value", ["evaluate", "--identity"], /argument missing/],
    ["a value that is no choice", ["evaluate", "--mode", "x"], /Allowed choices are local/],
    ["a trait without a key", ["evaluate", "--trait", "gold"], /--trait must have the form/],
    ["a blank identity", ["evaluate", "--identity", " "], /--identity must not be blank/],
    ["no key", ["evaluate"], /There is no environment key/],
    ["a timeout that is no number", ["evaluate", "--timeout", "soon"], /--timeout must be/],
    ["a timeout of 0 s", ["evaluate", "--timeout", "0"], /--timeout must be/],
    ["a timeout of more than 600 s", ["evaluate", "--timeout", "601"], /--timeout must be/],
    ["a port that is no number", ["dev", "--port", "x"], /--port must be a number from 0 to/],
    ["a port below 0", ["dev", "--port", "-1"], /--port must be a number from 0 to/],
    ["a fraction as port", ["dev", "--port", "80.5"], /--port must be a number from 0 to/],
    ["a limit below 0", ["diff", "a.json", "--limit", "-1"], /--limit must be a whole number/],
    ["settings that are missing", ["evaluate", "--config", "x.json"], /x\.json cannot be read/],
    ["a URL without a scheme", ["evaluate", "--api-url", "flags.test"], /--api-url must be a URL/],
  ];
  test.each(cases)("%s is one line on standard error, and exits with 2", async (_, args, line) => {
    const { exitCode, stdout, stderr } = await runCommand(args);
    expect(stderr).toMatch(line);
    expect(stderr.split("\n")).toHaveLength(2);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  });

  test.each([
    ["a file that is missing", "missing.json", /missing\.json cannot be read \(ENOENT\)/],
    ["a file that is not JSON", "text.txt", /text\.txt is not JSON/],
    ["a list", "list.json", /list\.json is not an environment document\.$/m],
    ["a file that is no document", "other.json", /other\.json is not an environment document at /],
  ])("%s exits with 1", async (_, path, line) => {
    const world = { files: { "text.txt": "hello", "list.json": [], "other.json": {} } };
    const { exitCode, stderr } = await runCommand(["evaluate", "--document", path], world);
    expect(stderr).toMatch(line);
    expect(exitCode).toBe(1);
  });
});

describe("help", () => {
  test("lists all commands if there are no arguments", async () => {
    const { exitCode, stdout } = await runCommand([]);
    for (const { summary } of commands) expect(stdout.replaceAll(/\s+/g, " ")).toContain(summary);
    expect(exitCode).toBe(0);
  });

  test.each(commands.map(({ name }) => name))("%s has examples", async (name) => {
    const { exitCode, stdout, stderr } = await runCommand([name, "--help"]);
    expect(stdout).toMatch(/Examples:\n {2}\$ flagsmith-isomorphic /);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("prints the version", async () => {
    const { exitCode, stdout } = await runCommand(["--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(exitCode).toBe(0);
  });
});

describe("colours", () => {
  const args = ["evaluate", "--document", "environment.json"];

  test("are used in a terminal only", async () => {
    const terminal = await runCommand(args, { files, isTerminal: true });
    const pipe = await runCommand(args, { files });
    expect(terminal.stdout).toContain("\u001b[32mon");
    expect(pipe.stdout).not.toContain("\u001b");
  });

  test("are not used with NO_COLOR", async () => {
    const world = { files, isTerminal: true, env: { NO_COLOR: "1" } };
    expect((await runCommand(args, world)).stdout).not.toContain("\u001b");
  });
});
