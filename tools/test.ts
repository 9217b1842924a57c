// Everything that must hold. Each suite counts its tests; the last line is their total.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { ContractResult } from "./contract/src/contract.ts";
import { matrixOf } from "./contract/src/host/matrix.ts";
import { checkPackages } from "./contract/src/host/package-checks.ts";
import { pack } from "./contract/src/host/packed.ts";
import { runReadme } from "./contract/src/host/readme.ts";
import { runOnAllRuntimes } from "./contract/src/host/run.ts";
import { runExamples } from "./contract/src/host/run-examples.ts";
import { checkSizes } from "./contract/src/host/sizes.ts";
import { checkTypes } from "./contract/src/host/type-checks.ts";
import { runSoak, soakPlan } from "./contract/src/soak/host/run-soak.ts";

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = resolve(import.meta.dirname, "..");
const suites: (readonly [name: string, totals: Totals])[] = [];

function record(name: string, totals: Totals): void {
  suites.push([name, totals]);
}

function recordResults(name: string, results: readonly ContractResult[]): void {
  const failures = results.filter(({ failure }) => failure !== undefined);
  for (const { name: test, failure } of failures)
    console.error(`FAILED ${name}: ${test}\n${failure}\n`);
  const failed = failures.length;
  const skipped = results.filter(({ skipped }) => skipped !== undefined).length;
  record(name, { passed: results.length - failed - skipped, failed, skipped });
}

function runTool(name: string, command: string, args: readonly string[]): boolean {
  console.log(`\n${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  return status === 0;
}

function check(name: string, command: string, args: readonly string[]): void {
  const isGood = runTool(name, command, args);
  record(name, { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 });
}

/** What breaks down has failed, and hides nothing of the rest. */
async function attempt(name: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    recordResults(name, [{ name: "runs to its end", failure: String(error) }]);
  }
}

function unitTests(): void {
  const report = resolve(root, "node_modules/.cache/vitest-report.json");
  // That of an earlier run must not count for one that writes none.
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const isGood = runTool("unit tests", "vitest", ["run", ...reporters]);
  const {
    numPassedTests: passed,
    numFailedTests,
    numTotalTests,
  } = JSON.parse(readFileSync(report, "utf8"));
  // A file that cannot even be loaded has no test that failed.
  const failed = isGood ? 0 : Math.max(1, numFailedTests);
  record("unit tests", { passed, failed, skipped: numTotalTests - passed - numFailedTests });
}

async function packageTests(): Promise<void> {
  console.log("\npacked tarballs");
  const { tarballs, consumer } = await pack();
  recordResults("package checks", [
    ...(await checkPackages(tarballs)),
    ...(await checkTypes(consumer)),
  ]);
  recordResults("README examples", await runReadme(consumer));
  recordResults("examples", await runExamples(consumer));
  const all = await runOnAllRuntimes(consumer);
  console.log(`\n${matrixOf(all)}`);
  for (const { runtime, results } of all) {
    recordResults(`contract on ${runtime}`, results);
  }
  recordResults("soak", await runSoak(consumer, soakPlan(process.env)));
}

check("lint", "pnpm", ["run", "lint"]);
check("types", "turbo", ["run", "typecheck", "--output-logs=errors-only"]);
await attempt("unit tests", unitTests);
check("the demo", "node", ["tools/demo/demo.ts"]);
check("the contenders of the benchmark agree", "node", ["tools/bench/main.ts", "--check"]);
await attempt("bundle sizes", async () => recordResults("bundle sizes", await checkSizes()));
await attempt("packed tarballs", packageTests);

console.log();
for (const [name, { passed, failed, skipped }] of suites) {
  console.log(
    `${name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
  );
}
const sum = (count: keyof Totals) => suites.reduce((total, [, totals]) => total + totals[count], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
