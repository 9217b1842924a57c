import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** Folders whose tests are slow, and reach no other folder that they do not import. */
const independent = ["engine", "typed"].filter((name) => name !== process.env["MUTATED_FOLDER"]);

/** The unit tests of core, as one project without a DOM. Stryker runs them in a copy of the repository. */
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, "../../packages/core"),
    include: ["test/**/*.test.ts"],
    exclude: independent.map((name) => `test/${name}/**`),
    testTimeout: 180_000,
    isolate: false,
  },
});
