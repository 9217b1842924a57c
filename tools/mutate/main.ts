// Mutation testing of one folder of core: changes its source and reports the changes that no test notices.
//
//   npm run mutate                  lists the folders
//   npm run mutate -- http          packages/core/src/http
//   npm run mutate -- http/fetch    one file
//   npm run mutate -- http --force  also mutants that no change since the last run can affect
import { existsSync, readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { Stryker } from "@stryker-mutator/core";

const root = resolve(import.meta.dirname, "../..");
const source = "packages/core/src";

/** Niceness of the run, which takes minutes to an hour. */
const niceness = 10;

const [name, ...options] = process.argv.slice(2);
if (name === undefined) {
  listFolders();
} else {
  await mutate(name.replace(/\/$/, ""), options.includes("--force"));
}

function listFolders(): void {
  const entries = readdirSync(resolve(root, source), { withFileTypes: true });
  console.log("npm run mutate -- FOLDER [--force], with one of the folders in packages/core/src:");
  for (const entry of entries) if (entry.isDirectory()) console.log(`  ${entry.name}`);
}

/** Tests the mutants of a folder, or of one file without its extension. */
async function mutate(name: string, isForced: boolean): Promise<void> {
  const path = `${source}/${name}`;
  const isFolder = existsSync(resolve(root, path));
  if (!isFolder && !existsSync(resolve(root, `${path}.ts`))) {
    console.error(`There is no folder ${path}, and no file ${path}.ts.`);
    process.exitCode = 2;
    return;
  }
  const reports = `tools/mutate/reports/${name.replaceAll("/", "-")}`;
  setPriority(niceness);
  process.chdir(root);
  // Recordings are beside the checkout, but the tests run in a copy of it. They must be repeatable.
  process.env["FLAGSMITH_SHARED"] ??= resolve(root, "../shared");
  process.env["FUZZ_SEED"] = "1";
  process.env["FUZZ_FACTOR"] = "0.1";
  await new Stryker({
    mutate: [isFolder ? `${path}/**/*.ts` : `${path}.ts`],
    plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
    testRunner: "vitest",
    vitest: { configFile: "tools/mutate/vitest.config.ts" },
    coverageAnalysis: "perTest",
    concurrency: 1,
    incremental: true,
    incrementalFile: `${reports}.incremental.json`,
    force: isForced,
    ignorePatterns: ["dist", ".packed", "examples", "docs", "tools/**", "!tools/mutate/*.ts"],
    reporters: ["progress-append-only", "clear-text", "html", "json"],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    htmlReporter: { fileName: `${reports}.html` },
    jsonReporter: { fileName: `${reports}.json` },
    tempDirName: ".stryker-tmp",
    thresholds: { high: 90, low: 90, break: 90 },
    disableTypeChecks: false,
  }).runMutationTest();
}
