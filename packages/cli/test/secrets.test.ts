import { describe, expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import type { Ports } from "../src/ports.ts";
import { makeOutputSafe } from "../src/safe-output.ts";
import { secretKey, serveShop, shopDocument } from "./support/documents.ts";
import { runCommand, type World } from "./support/run-command.ts";
import { startDev } from "./support/start-dev.ts";

/** The command lines with the most output of each command. */
const lines: Readonly<Record<string, readonly string[]>> = {
  evaluate: ["--identity", "alice", "--mode", "both"],
  explain: ["max_items", "--identity", "alice"],
  diff: ["old.json"],
  types: [],
  usages: ["src"],
  document: [],
  doctor: ["--store", "cache", "--realtime-url", "https://realtime.test"],
  completion: ["bash"],
};

const files = { "old.json": shopDocument, "src/app.ts": `const key = "${secretKey}";` };

/** Ends the retries of a request. */
const timeout = (name: string) => (name === "completion" ? [] : ["--timeout", "0.1"]);

async function run(args: readonly string[], world: World): Promise<string> {
  const { stdout, stderr, written } = await runCommand(args, world);
  return stdout + stderr + written("result");
}

test("every command is tested for secrets", () => {
  const tested = [...Object.keys(lines), "dev"];
  expect(tested.sort()).toEqual(commands.map(({ name }) => name).sort());
});

describe.each(Object.entries(lines))("%s never prints the key", (name, args) => {
  test.each([[[]], [["--json"]]])("%j", async (options) => {
    const { world } = serveShop();
    const output = await run([name, ...args, ...options], { ...world, files });
    expect(output.length).toBeGreaterThan(20);
    expect(output).not.toContain(secretKey);
  });

  test.each([
    ["is refused", (key: string) => ({ status: 403, body: `{"detail":"Bad key ${key}"}` })],
    ["fails", (key: string) => ({ status: 500, body: `<h1>Error for ${key}</h1>` })],
  ])("if the request %s", async (_, answer) => {
    const { world } = serveShop();
    const { status, body } = answer(secretKey);
    const fetch = async () => new Response(body, { status });
    const output = await run([name, ...args, ...timeout(name)], { ...world, files, fetch });
    expect(output).not.toContain(secretKey);
  });

  test("if fetch throws it", async () => {
    const { world } = serveShop();
    const fetch = () => Promise.reject(new TypeError(`cannot send ${secretKey}`));
    const output = await run([name, ...args, ...timeout(name)], { ...world, files, fetch });
    expect(output).not.toContain(secretKey);
  });
});

test("dev never prints the key", async () => {
  const { world } = serveShop();
  const dev = await startDev([], world);
  const headers = { "x-environment-key": secretKey };
  for (const path of ["flags/", "environment-document/", `identities/?identifier=${secretKey}`]) {
    await fetch(dev.apiUrl + path, { headers });
  }
  await fetch(`${dev.origin}/overrides/${secretKey}`, { method: "PATCH", body: "{}" });
  const { stdout, stderr } = await dev.stop();
  expect(JSON.stringify(dev.lines()) + stdout + stderr).not.toContain(secretKey);
});

test("a key on the command line is not repeated", async () => {
  const { world } = serveShop();
  const { exitCode, stderr } = await runCommand(["evaluate", `--${secretKey}`], world);
  expect(stderr).not.toContain(secretKey);
  expect(exitCode).toBe(2);
});

test("the key of the variable FLAGSMITH_ENVIRONMENT is not printed either", async () => {
  const env = { FLAGSMITH_ENVIRONMENT: secretKey };
  const document = { ...shopDocument, name: secretKey };
  const world = { env, files: { "old.json": document } };
  const { stdout } = await runCommand(["document", "--document", "old.json"], world);
  expect(stdout).not.toContain(secretKey);
});

test("a client-side key, which a document contains, stays in results", async () => {
  const env = { FLAGSMITH_ENVIRONMENT_KEY: shopDocument.api_key };
  const args = ["document", "--document", "old.json"];
  const { stdout } = await runCommand(args, { env, files });
  expect(JSON.parse(stdout)).toEqual(shopDocument);
});

test("only keys are hidden, without the spaces around them", async () => {
  const outputs = { stdout: "", stderr: "" };
  const write = (name: "stdout" | "stderr") => ({
    isTerminal: false,
    write: (text: string) => {
      outputs[name] += text;
    },
  });
  const { stdout, stderr } = makeOutputSafe({
    env: {
      HOME: "/home/ann",
      FLAGSMITH_ENVIRONMENT: "short",
      FLAGSMITH_ENVIRONMENT_KEY: " ser.ab\n",
      FLAGSMITH_ENVIRONMENT_KEY_flags_example: "sixsix",
    },
    stdout: write("stdout"),
    stderr: write("stderr"),
  } as unknown as Ports);
  for (const output of [stdout, stderr]) output.write("/home/ann short ser.ab sixsix");
  expect(outputs).toEqual({
    stdout: "/home/ann short *** sixsix",
    stderr: "/home/ann short *** ***",
  });
});
