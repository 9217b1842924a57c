import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** Recorded exchanges and corpora are beside the checkout. Tests that need them are skipped without. */
const env = { FLAGSMITH_SHARED: process.env["FLAGSMITH_SHARED"] ?? resolve(root, "../shared") };

/**
 * Upper bound against tests that hang. No test may depend on it: tests count steps under a fake clock, and a
 * machine that is six times slower stays far below it. The longest tests compare the engine with its corpora.
 */
const limitMs = 180_000;

/**
 * Tests of core that also run in a DOM. happy-dom replaces globals such as `fetch`, `Headers`, `AbortController`,
 * `Event`, `ReadableStream`, `crypto` and the timers. Folders and files that use none of these are left out: a DOM cannot
 * change their results.
 */
const withoutGlobals = [
  "test/{comparison,engine,evaluation,explain,flags,identity,otel,typed}/**",
  "test/environment/{document-reading,lifecycle}.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      project("core", "packages/core"),
      project("core in a DOM", "packages/core", {
        environment: "happy-dom",
        exclude: withoutGlobals,
      }),
      project("cli", "packages/cli"),
      project("deno", "packages/deno"),
      project("edge", "packages/edge"),
      project("node", "packages/node"),
      project("openfeature", "packages/openfeature"),
      project("sdk", "packages/sdk"),
      project("testing", "packages/testing"),
      project("vercel-flags", "packages/vercel-flags"),
      project("contract", "tools/contract"),
      project("figures", "tools/figures"),
      project("lint", "tools/lint"),
      project("release", "tools/release"),
      project("runner", "tools/runner"),
      project("site", "tools/site"),
    ],
  },
});

/** Settings in which projects differ. */
interface ProjectOptions {
  /** @defaultValue `"node"` */
  readonly environment?: "node" | "happy-dom";
  readonly exclude?: readonly string[];
}

function project(
  name: string,
  folder: string,
  { environment = "node", exclude = [] }: ProjectOptions = {},
) {
  return {
    test: {
      name,
      environment,
      env,
      root: resolve(root, folder),
      include: ["test/**/*.test.ts"],
      exclude: [...exclude],
      testTimeout: limitMs,
      hookTimeout: limitMs,
      // Files share workers: no test changes globals without restoring them.
      isolate: false,
    },
  };
}
