import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** The unit tests of core, as one project without a DOM. Stryker runs them in a copy of the repository. */
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, "../../packages/core"),
    include: ["test/**/*.test.ts"],
    testTimeout: 180_000,
    isolate: false,
  },
});
