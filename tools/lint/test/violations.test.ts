import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const core = "packages/core/src";

/** Files with one forbidden import each. `rule` is part of the rule's name in `.dependency-cruiser.mjs`. */
const imports = [
  {
    title: "an import of a higher layer",
    file: `${core}/flags/new.ts`,
    imported: "../http/fetch.ts",
    rule: "must not import upwards",
  },
  {
    title: "a type import of a higher layer",
    file: `${core}/platform/new.ts`,
    imported: "../http/fetch.ts",
    isType: true,
    rule: "must not import upwards",
  },
  {
    title: "local evaluation in remote mode",
    file: `${core}/evaluation/new.ts`,
    imported: "../engine/index.ts",
    rule: "remote mode includes no local evaluation",
  },
  {
    title: "an import of another folder by the engine",
    file: `${core}/engine/new.ts`,
    imported: "../errors.ts",
    rule: "the engine imports nothing outside itself",
  },
  { title: "a cycle", file: `${core}/api/new.ts`, imported: "./new.ts", rule: "no cycles" },
  {
    title: "a folder without a layer",
    file: `${core}/utils/new.ts`,
    imported: "./other.ts",
    rule: "belongs to a layer",
  },
  {
    title: "an import of its own package's index",
    file: `${core}/api/index-user.ts`,
    imported: "../index.ts",
    rule: "own package's index",
  },
  {
    title: "a built-in module of a runtime",
    file: `${core}/api/built-in.ts`,
    imported: "node:fs",
    rule: "no built-in module",
  },
  {
    title: "a file of another package",
    file: `${core}/api/other-package.ts`,
    imported: "../../../testing/src/new.ts",
    rule: "core imports no other package",
  },
  {
    title: "an undeclared dependency",
    file: `${core}/api/undeclared.ts`,
    imported: "vitest",
    rule: "declared dependencies",
  },
  {
    title: "an import that does not resolve",
    file: `${core}/api/unresolved.ts`,
    imported: "./nowhere.ts",
    rule: "every import resolves",
  },
];

/** Globals of runtimes, and those that reveal which runtime it is. */
const globals = [
  ...["process", "Buffer", "Deno", "Bun", "fetch", "setTimeout", "setInterval"],
  ...["navigator", "window", "self", "globalThis"],
];

/** A copy of core and of the lint configuration. */
let copy = "";

/** Only stops a tool that hangs: a slow machine exceeds the default of vitest. */
const timeoutMs = 120_000;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "lint-"));
  const config = ["package.json", ".gitignore", ".dependency-cruiser.mjs", "biome.json"];
  for (const path of [...config, "packages/core/package.json", core]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  for (const path of ["node_modules", "packages/core/node_modules"]) {
    symlinkSync(join(root, path), join(copy, path));
  }
});
afterAll(() => rmSync(copy, { recursive: true }));

function write(path: string, source: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), source);
}

/** Runs a tool of the workspace in the copy and returns the lines of its output. */
function run(tool: string, ...args: string[]): string[] {
  const path = join(root, "node_modules/.bin", tool);
  const { stdout, stderr } = spawnSync(path, args, { cwd: copy, encoding: "utf8" });
  return `${stdout}${stderr}`.split("\n");
}

describe("the import rules", () => {
  let lines: string[] = [];

  beforeAll(() => {
    write(`${core}/utils/other.ts`, "export {};");
    write("packages/testing/src/new.ts", "export {};");
    for (const { file, imported, isType } of imports) {
      write(file, isType ? `export type * from "${imported}";` : `import "${imported}";`);
    }
    lines = run("depcruise", "--config", ".dependency-cruiser.mjs", "packages/*/src");
  }, timeoutMs);

  it.each(imports)("refuse $title", ({ file, rule }) => {
    const problem = lines.filter((line) => line.includes(rule) && line.includes(file));
    expect(problem).not.toEqual([]);
  });

  it("refuse nothing else", () => {
    const files = imports.map(({ file }) => file);
    const others = lines.filter(
      (line) => line.includes("error ") && !files.some((file) => line.includes(file)),
    );
    expect(others).toEqual([]);
  });
});

describe("the restricted globals", () => {
  let lines: string[] = [];

  beforeAll(() => {
    for (const name of globals) write(`${core}/globals/${name}.ts`, use(name));
    write(`${core}/globals/infinity.ts`, use("Infinity"));
    write("packages/node/src/globals/process.ts", `${use("process")}export default Infinity;\n`);
    const folders = [`${core}/globals`, "packages/node/src/globals"];
    lines = run("biome", "lint", "--max-diagnostics=none", ...folders);
  }, timeoutMs);

  const use = (name: string) => `export const used = ${name};\n`;
  const problems = (file: string) => lines.filter((line) => line.includes(`${file}:`));

  it.each(globals)("refuse %s in core", (name) => {
    expect(problems(`core/src/globals/${name}.ts`)).toEqual([
      expect.stringContaining("noRestrictedGlobals"),
    ]);
  });

  it("refuse Infinity, which Number.POSITIVE_INFINITY replaces", () => {
    expect(problems("core/src/globals/infinity.ts")).toEqual([
      expect.stringContaining("useNumberNamespace"),
    ]);
  });

  it("allow an adapter to use its runtime", () => {
    const rules = problems("node/src/globals/process.ts");
    expect(rules.filter((line) => line.includes("noRestrictedGlobals"))).toEqual([]);
    // The file was linted: its other violation is reported.
    expect(rules).toContainEqual(expect.stringContaining("useNumberNamespace"));
  });
});
