import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** Recorded exchanges and corpora live beside the checkout; tests that need them skip without. */
const env = { FLAGSMITH_SHARED: process.env["FLAGSMITH_SHARED"] ?? resolve(root, "../shared") };

export default defineConfig({
  test: {
    projects: [
      project("core", "packages/core"),
      project("core in a DOM", "packages/core", "happy-dom"),
      project("deno", "packages/deno"),
      project("edge", "packages/edge"),
      project("node", "packages/node"),
      project("testing", "packages/testing"),
      project("lint", "tools/lint"),
    ],
  },
});

function project(name: string, folder: string, environment: "node" | "happy-dom" = "node") {
  return {
    test: { name, environment, env, root: resolve(root, folder), include: ["test/**/*.test.ts"] },
  };
}
