// Mutation testing of core: changes its source and reports the changes that no test notices.
//
//   npm run mutate                          lists the folders
//   npm run mutate -- http                  packages/core/src/http
//   npm run mutate -- http/fetch http/call  some files of it
//   npm run mutate -- http --force          also mutants that no change since the last run can affect
import { existsSync, readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";

const root = resolve(import.meta.dirname, "../..");
const source = "packages/core/src";

/** Niceness of the run, which takes minutes to an hour. */
const niceness = 10;

/** A mutant may take this much longer than the unchanged source, so that a busy machine kills none. */
const slackMs = 20_000;

const { values, positionals } = parseArgs({
  options: { force: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [folder] = positionals.map((name) => name.split("/")[0]);
const missing = positionals.find((name) => findPattern(name) === undefined);
if (folder === undefined) {
  listFolders();
} else if (missing !== undefined) {
  console.error(`There is no folder ${source}/${missing}, and no file ${source}/${missing}.ts.`);
  process.exitCode = 2;
} else {
  const patterns = positionals.flatMap((name) => findPattern(name) ?? []);
  await mutate(folder, { patterns, isForced: values.force });
}

function listFolders(): void {
  const entries = readdirSync(resolve(root, source), { withFileTypes: true });
  console.log("npm run mutate -- FOLDER [--force], with one of the folders in packages/core/src:");
  for (const entry of entries) if (entry.isDirectory()) console.log(`  ${entry.name}`);
}

/** Returns the pattern of a folder, or of a file without its extension. */
function findPattern(name: string): string | undefined {
  const path = `${source}/${name.replace(/\/$/, "")}`;
  if (existsSync(resolve(root, path))) return `${path}/**/*.ts`;
  return existsSync(resolve(root, `${path}.ts`)) ? `${path}.ts` : undefined;
}

/** Tests the mutants of a folder, or of some of its files. Results of its other files are kept. */
async function mutate(
  folder: string,
  { patterns, isForced }: { readonly patterns: string[]; readonly isForced: boolean },
): Promise<void> {
  const report = `tools/mutate/reports/${folder}`;
  setPriority(niceness);
  process.chdir(root);
  // Recordings are beside the checkout, but the tests run in a copy of it. They must be repeatable.
  process.env["FLAGSMITH_SHARED"] ??= resolve(root, "../shared");
  process.env["MUTATED_FOLDER"] = folder;
  process.env["FUZZ_SEED"] = "1";
  process.env["FUZZ_FACTOR"] = "0.1";
  await new Stryker({
    mutate: patterns,
    plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
    testRunner: "vitest",
    // To find the related tests of each mutant again would take longer than to run them.
    vitest: { configFile: "tools/mutate/vitest.config.ts", related: false },
    coverageAnalysis: "perTest",
    // Code that runs when a module is loaded is reached by every test.
    ignoreStatic: true,
    concurrency: 1,
    incremental: true,
    incrementalFile: `${report}.incremental.json`,
    force: isForced,
    ignorePatterns: ["dist", ".packed", "examples", "docs", "tools/**", "!tools/mutate/*.ts"],
    reporters: ["progress-append-only", "clear-text", "html", "json"],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    htmlReporter: { fileName: `${report}.html` },
    jsonReporter: { fileName: `${report}.json` },
    tempDirName: ".stryker-tmp",
    thresholds: { high: 90, low: 90, break: 90 },
    timeoutMS: slackMs,
    dryRunTimeoutMinutes: 60,
    disableTypeChecks: false,
  }).runMutationTest();
}
