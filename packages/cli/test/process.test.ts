import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { type ServedFlagsmithApi, serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { secretKey, shopDocument } from "./support/documents.ts";

const api = createFlagsmithApi({ document: shopDocument, environmentKey: secretKey });
const bin = resolve(import.meta.dirname, "../src/bin.ts");
let served: ServedFlagsmithApi;
let folder: string;

beforeAll(async () => {
  served = await serveFlagsmithApi(api);
  folder = await mkdtemp(join(tmpdir(), "flagsmith-cli-"));
  await writeFile(join(folder, "environment.json"), JSON.stringify(shopDocument));
});

afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true });
});

/** Runs the command line in a process of its own. */
function start(args: readonly string[], stdout: "pipe" | number = "pipe"): ChildProcess {
  const env = { FLAGSMITH_ENVIRONMENT_KEY: secretKey, FLAGSMITH_API_URL: served.url };
  return spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env,
    stdio: ["pipe", stdout, "pipe"],
  });
}

describe("Ctrl+C", () => {
  test.each([
    ["a request", ["evaluate", "--mode", "remote"]],
    ["the environment document", ["evaluate"]],
    ["standard input", ["evaluate", "--document", "-"]],
  ])("ends a command that waits for %s", async (_, args) => {
    api.failNext(1, { kind: "hang" });
    const child = start(args);
    const ended = once(child, "exit");
    // The process has to start, and says nothing before it has waited for a second.
    await Promise.race([
      once(child.stderr ?? child, "data"),
      new Promise((done) => setTimeout(done, 2000)),
    ]);
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
    api.clearFaults();
  });

  test("lets the dev server end its work", async () => {
    const child = start(["dev", "--document", "environment.json"]);
    const ended = once(child, "exit");
    await once(child.stdout ?? child, "data");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });
});

test("the dev server continues after its standard error is closed", async () => {
  const child = start(["dev", "--document", "environment.json"]);
  const ended = once(child, "exit");
  // Listens from the start, because a stream loses what it has no listener for.
  const isReadAgain = new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk) => {
      if (String(chunk).includes("read environment.json again")) resolve();
    });
  });
  await once(child.stdout ?? child, "data");
  child.stderr?.destroy();
  await writeFile(join(folder, "environment.json"), "{");
  await writeFile(join(folder, "environment.json"), JSON.stringify(shopDocument));
  await isReadAgain;
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
});

test.skipIf(platform() !== "linux")("a file that cannot be written keeps its content", async () => {
  const document = { ...shopDocument, name: "x".repeat(100_000) };
  await writeFile(join(folder, "large.json"), JSON.stringify(document));
  await writeFile(join(folder, "saved.json"), "old");
  const command = [process.execPath, bin, "document", "--document", "large.json"];
  const args = ["-c", 'ulimit -f 1; exec "$@"', "sh", ...command, "--output", "saved.json"];
  const child = spawn("sh", args, { cwd: folder });
  const [[stderr], [code]] = await Promise.all([once(child.stderr, "data"), once(child, "exit")]);
  expect(String(stderr)).toBe("error: saved.json cannot be written (EFBIG).\n");
  expect(code).toBe(1);
  expect(await readFile(join(folder, "saved.json"), "utf8")).toBe("old");
});

test.skipIf(platform() !== "linux")("a full disk is reported on one line", async () => {
  const child = start(["evaluate", "--document", "environment.json"], openSync("/dev/full", "w"));
  const [[stderr], [code]] = await Promise.all([
    once(child.stderr ?? child, "data"),
    once(child, "exit"),
  ]);
  expect(String(stderr)).toBe("error: The output cannot be written (ENOSPC).\n");
  expect(code).toBe(1);
});

test.skipIf(platform() !== "linux")("a deleted working directory is one line", async () => {
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  const args = ["-c", script, "sh", process.execPath, bin, "usages"];
  const child = spawn("sh", args, { cwd: folder });
  const [[stderr], [code]] = await Promise.all([once(child.stderr, "data"), once(child, "exit")]);
  expect(String(stderr)).toBe("error: The working directory cannot be read (ENOENT).\n");
  expect(code).toBe(1);
});
