import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { findPackageCommand } from "../../../contract/src/host/node-scripts.ts";
import type { RunPart } from "../part.ts";
import { root, runCommand } from "./tools.ts";

const report = join(root, "node_modules/.cache/vitest-report.json");

/** Runs the unit tests of all projects. */
export const run: RunPart = async ({ caseTexts }, { group }) => {
  // A report of an earlier run must not count for a run that writes none.
  await rm(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const pattern = caseTexts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const filter = pattern === "" ? [] : ["--testNamePattern", `/${pattern}/i`];
  const isSuccess = await runCommand(
    findPackageCommand(root, "vitest"),
    "run",
    ...reporters,
    ...filter,
  );
  const counts = JSON.parse(await readFile(report, "utf8"));
  const { numPassedTests: passed, numFailedTests, numTotalTests } = counts;
  group({
    name: "",
    passed,
    failures: [],
    skips: [],
    // A file that cannot be loaded has no failed test.
    otherFailures: isSuccess ? 0 : Math.max(1, numFailedTests),
    otherSkips: numTotalTests - passed - numFailedTests,
  });
};
