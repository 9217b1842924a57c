import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { findPackageCommand } from "../../../contract/src/host/node-scripts.ts";
import { createPattern } from "../command-line.ts";
import type { RunPart } from "../part.ts";
import { createSelectionFailure } from "./selection.ts";
import { root, runCommand } from "./tools.ts";

const report = join(root, "node_modules/.cache/vitest-report.json");

/** Runs the unit tests of all projects. */
export const run: RunPart = async ({ caseTexts }, { group }) => {
  // A report of an earlier run must not count for a run that writes none.
  await rm(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const pattern = createPattern(caseTexts);
  const filter = pattern === "" ? [] : ["--testNamePattern", pattern];
  const isSuccess = await runCommand(
    findPackageCommand(root, "vitest"),
    "run",
    ...reporters,
    ...filter,
  );
  const counts = JSON.parse(await readFile(report, "utf8"));
  const { numPassedTests: passed, numFailedTests, numTotalTests } = counts;
  group({
    name: "tests",
    passed,
    failures: [],
    skips: [],
    // A file that cannot be loaded has no failed test.
    otherFailures: isSuccess ? 0 : Math.max(1, numFailedTests),
    // Vitest counts tests that are not selected as skipped.
    otherSkips: caseTexts.length > 0 ? 0 : numTotalTests - passed - numFailedTests,
  });
  if (caseTexts.length > 0 && passed + numFailedTests === 0) {
    group(createSelectionFailure(caseTexts));
  }
};
