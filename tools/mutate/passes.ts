import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunState } from "./state.ts";

const root = resolve(import.meta.dirname, "../..");
const vitest = resolve(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

/** Longer tests run last, with the mutants that the other tests do not notice. */
const maxFastMs = 60;

/** The first pass runs one test of this many. They kill most mutants, which the other tests then need not meet. */
const sampling = 8;

/** A worker that tests one mutant for so long is in an endless loop, which no timer ends. */
const hangMs = 30_000;
const pollMs = 1000;

/** How many workers may hang or crash. */
const maxRestarts = 100;

/** Measures which test reaches which mutant, then runs the tests with the mutants that they reach. */
export async function runPasses(
  state: RunState,
  {
    packageFolder,
    folder,
    isCovered,
  }: { readonly packageFolder: string; readonly folder: string; readonly isCovered: boolean },
): Promise<void> {
  const common = {
    MUTATE_STATE: state.folder,
    MUTATE_PACKAGE: packageFolder,
    MUTATE_FOLDER: folder,
  };
  const run = (variables: Record<string, string>, files: string[] = []) =>
    runPass(state, { ...common, ...variables }, files);
  if (!isCovered) {
    state.clearReach();
    await run({ MUTATE_PASS: "cover" });
  }
  const fast = { MUTATE_PASS: "fast", MUTATE_MAX_MS: String(maxFastMs) };
  const own = [join("test", folder, "/")];
  // A file at the top of the source has no folder of tests.
  if (existsSync(resolve(root, packageFolder, "test", folder))) {
    if (state.readKills().length === 0) {
      await run({ ...fast, MUTATE_SAMPLING: String(sampling) }, own);
    }
    await run(fast, own);
    await run({ MUTATE_PASS: "slow" }, own);
  }
  await run(fast);
  await run({ MUTATE_PASS: "slow" });
}

/** Runs vitest, again if its worker was ended by a mutant. */
async function runPass(
  state: RunState,
  variables: Record<string, string>,
  files: string[],
): Promise<void> {
  const startedAt = performance.now();
  const args = ["run", "--config", resolve(import.meta.dirname, "vitest.config.ts")];
  for (let count = 0; count < maxRestarts; count++) {
    state.writeAttempt(undefined);
    const child = spawn(process.execPath, [vitest, ...args, "--reporter=dot", ...files], {
      cwd: root,
      env: {
        ...process.env,
        FLAGSMITH_SHARED: process.env["FLAGSMITH_SHARED"] ?? resolve(root, "../shared"),
        // Tests must be repeatable, and short.
        FUZZ_SEED: "1",
        FUZZ_FACTOR: "0.05",
        ...variables,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = collect(child);
    await watch(state, child);
    if (child.exitCode === 0) {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      const name = [variables["MUTATE_PASS"], ...files].join(" ");
      console.log(`${name}: ${seconds} s, ${state.readKills().length} mutants killed so far`);
      return;
    }
    const attempt = state.readAttempt();
    if (attempt === undefined) throw new Error(`The tests fail without a mutant:\n${output()}`);
    state.addKill({ id: attempt.id, test: "", message: "The worker hangs or crashes." });
  }
  throw new Error(`More than ${maxRestarts} workers have crashed.`);
}

/** Ends a worker that hangs. */
async function watch(state: RunState, child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(() => true);
  let last = "";
  let lastAt = performance.now();
  while (!(await Promise.race([ended, sleep(pollMs, false)]))) {
    const attempt = state.readAttempt();
    const current = JSON.stringify([attempt, state.readKills().length]);
    if (current !== last || attempt === undefined) {
      last = current;
      lastAt = performance.now();
    } else if (performance.now() - lastAt > hangMs) {
      process.kill(attempt.pid, "SIGKILL");
      lastAt = performance.now();
    }
  }
}

/** Collects the end of what a process prints. */
function collect(child: ChildProcess): () => string {
  let output = "";
  const add = (chunk: Buffer) => {
    output = (output + chunk).slice(-4000);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return () => output;
}
