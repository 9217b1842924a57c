// Mutation testing of a package: changes its source and reports the changes that no test notices.
//
//   npm run mutate                          lists the folders
//   npm run mutate -- http                  packages/core/src/http
//   npm run mutate -- http/fetch http/call  some files of it
//   npm run mutate -- http --resume         continues a run that was stopped
//   npm run mutate -- http --survivors      only survivors of the last run and changed files
//   npm run mutate -- http --report         prints the results of the last run
//   npm run mutate -- --package edge .      all of packages/edge/src
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { runPasses } from "./passes.ts";
import { printReport } from "./report.ts";
import { type Instrumented, type Kill, RunState } from "./state.ts";

const root = resolve(import.meta.dirname, "../..");
/** Niceness of the run, which takes minutes to an hour. */
const niceness = 10;

const { values, positionals } = parseArgs({
  options: {
    resume: { type: "boolean", default: false },
    survivors: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    package: { type: "string", default: "core" },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const packageFolder = join("packages", values.package);
const source = join(packageFolder, "src");
const [folder] = positionals.map((name) => name.split("/")[0]);
const missing = positionals.find((name) => listFiles(name).length === 0);
if (folder === undefined || values.help) {
  listFolders();
} else if (missing !== undefined) {
  console.error(`There is no folder ${source}/${missing}, and no file ${source}/${missing}.ts.`);
  process.exitCode = 2;
} else {
  await mutate(folder, positionals.flatMap(listFiles));
}

function listFolders(): void {
  const entries = readdirSync(resolve(root, source), { withFileTypes: true });
  console.log("npm run mutate -- [--package NAME] FOLDER [--resume | --survivors | --report]");
  console.log(`FOLDER is one of these in ${source}, a file such as http/fetch, or . for all:`);
  for (const entry of entries) if (entry.isDirectory()) console.log(`  ${entry.name}`);
}

/**
 * Lists the files of a folder, or the file with a name without extension, relative to the root. `realtime` is both, and
 * means the folder.
 */
function listFiles(name: string): string[] {
  const path = join(source, name);
  if (!existsSync(resolve(root, path))) {
    return existsSync(resolve(root, `${path}.ts`)) ? [`${path}.ts`] : [];
  }
  return readdirSync(resolve(root, path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => join(path, file));
}

/** Tests the mutants of files in a folder, and prints the result. */
async function mutate(folder: string, files: string[]): Promise<void> {
  const state = new RunState(resolve(import.meta.dirname, "reports", values.package, folder));
  setPriority(niceness);
  process.chdir(root);
  mkdirSync(state.folder, { recursive: true });
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")]));
  const last = state.readInstrumented();
  const isUnchanged = JSON.stringify(last.sources) === JSON.stringify(sources);
  if (!isUnchanged && (values.resume || values.report)) {
    console.error("The last run was of other files, or they have changed since.");
    process.exitCode = 2;
    return;
  }
  if (!values.resume && !values.report) {
    const instrumented = await instrument(sources);
    const kills = values.survivors ? keepKills(state.readKills(), last, instrumented) : [];
    state.writeInstrumented(instrumented);
    state.writeKills(kills);
  }
  if (!values.report) {
    if (!values.resume) state.clearFinishedTests();
    state.clearUnreliableTests();
    await runPasses(state, { packageFolder, folder, isCovered: values.resume });
  }
  if (!printReport(state)) process.exitCode = 1;
}

/** Puts all mutants into the source, each behind a switch. */
async function instrument(sources: Record<string, string>): Promise<Instrumented> {
  const ignore = () => {};
  const isOff = () => false;
  const logger = {
    ...{ trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore },
    ...{ isTraceEnabled: isOff, isDebugEnabled: isOff, isInfoEnabled: isOff },
    ...{ isWarnEnabled: isOff, isErrorEnabled: isOff, isFatalEnabled: isOff },
  };
  const files = Object.entries(sources).map(([name, content]) => ({ name, content, mutate: true }));
  const { files: instrumented, mutants } = await new Instrumenter(logger).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  });
  return {
    sources,
    contents: Object.fromEntries(
      instrumented.map(({ name, content }) => [name, countChecks(content)]),
    ),
    mutants: mutants.map(({ id, fileName, mutatorName, replacement, location, status }) => ({
      ...{ id, fileName, mutatorName, replacement, location },
      ...(status !== undefined && { status }),
    })),
  };
}

/** Returns the kills in files that have not changed since the last run, with the new ids of the mutants. */
function keepKills(kills: readonly Kill[], last: Instrumented, current: Instrumented): Kill[] {
  const ids = new Map<string, string>();
  for (const [file, source] of Object.entries(current.sources)) {
    if (last.sources[file] !== source) continue;
    const mutants = current.mutants.filter(({ fileName }) => fileName === file);
    const lastMutants = last.mutants.filter(({ fileName }) => fileName === file);
    for (const [index, { id }] of lastMutants.entries()) ids.set(id, mutants[index]?.id ?? "");
  }
  return kills.flatMap(({ id, ...kill }) => {
    const currentId = ids.get(id);
    return currentId ? [{ ...kill, id: currentId }] : [];
  });
}

/** Makes code throw that is reached too often. Stryker itself counts only how often the active mutant is reached. */
function countChecks(content: string): string {
  return content.replace(
    "function isActive(id) {",
    "function isActive(id) { if (++ns.checkCount > ns.maxCheckCount) throw new Error('reached too often');",
  );
}
