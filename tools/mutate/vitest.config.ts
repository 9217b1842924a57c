import { relative, resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { RunState } from "./state.ts";

const root = resolve(import.meta.dirname, "../..");
const state = new RunState(process.env["MUTATE_STATE"] ?? "");
const { contents } = state.readInstrumented();

const packageFolder = resolve(root, process.env["MUTATE_PACKAGE"] ?? "packages/core");
const tests = resolve(packageFolder, "test");

/** Folders whose tests are slow, and reach no other folder that they do not import. */
const independent = ["engine", "typed"].filter((name) => name !== process.env["MUTATE_FOLDER"]);

/** The mean number of mutants that a test of a file reaches, by file. */
const reach = new Map(
  Array.from(
    Map.groupBy(state.readReach(), ({ test }) => test.split(" > ")[0] ?? ""),
    ([file, tests]) => [file, tests.reduce((sum, { hits }) => sum + hits.length, 0) / tests.length],
  ),
);

/** Begins with the files whose tests reach little: they kill most of it. */
class NarrowTestsFirst {
  async shard<T>(files: T[]): Promise<T[]> {
    return files;
  }

  async sort<T extends { readonly moduleId: string }>(files: T[]): Promise<T[]> {
    const reachOf = ({ moduleId }: T) => reach.get(relative(tests, moduleId)) ?? 0;
    return [...files].sort((a, b) => reachOf(a) - reachOf(b));
  }
}

/** The unit tests of the package in one process, with the mutated files instead of the source. */
export default defineConfig({
  plugins: [
    {
      name: "mutants",
      enforce: "pre",
      load: (id: string) => contents[id.slice(root.length + 1)] ?? null,
    },
  ],
  test: {
    // The cache of other runs has other mutants.
    fsModuleCachePath: state.cacheFolder,
    root: packageFolder,
    include: ["test/**/*.test.ts"],
    exclude: independent.map((name) => `test/${name}/**`),
    runner: resolve(import.meta.dirname, "test-runner.ts"),
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    maxConcurrency: 1,
    isolate: false,
    testTimeout: 180_000,
    sequence: { sequencer: NarrowTestsFirst },
    // Mutants leave promises behind.
    dangerouslyIgnoreUnhandledErrors: true,
    onConsoleLog: () => false,
  },
});
