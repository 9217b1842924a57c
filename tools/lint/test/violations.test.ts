import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const bin = (name: string) => join(root, "node_modules/.bin", name);

/** A copy of core and of the rules, to break them in. */
let copy = "";

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "layers-"));
  cpSync(join(root, "packages/core/src"), join(copy, "packages/core/src"), { recursive: true });
  const rules = ["package.json", ".gitignore", ".dependency-cruiser.mjs", "biome.json"];
  for (const file of [...rules, "packages/core/package.json"]) {
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  symlinkSync(join(root, "packages/core/node_modules"), join(copy, "packages/core/node_modules"));
});
afterEach(() => rmSync(copy, { recursive: true }));

function add(path: string, source: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), source);
}

describe("the layers of core", () => {
  function cruise() {
    const config = ["--config", ".dependency-cruiser.mjs", "packages/*/src"];
    const { status, stdout } = spawnSync(bin("depcruise"), config, { cwd: copy, encoding: "utf8" });
    return { isGood: status === 0, stdout };
  }

  it("accepts core as it is", () => {
    expect(cruise()).toMatchObject({ isGood: true });
  });

  it.each([
    [
      "an import upwards",
      "packages/core/src/flags/new.ts",
      'import "../http/fetch.ts";',
      "import upwards",
    ],
    [
      "a type import upwards",
      "packages/core/src/platform/new.ts",
      'export type { Request } from "../http/request.ts";',
      "import upwards",
    ],
    ["a cycle", "packages/core/src/api/new.ts", 'import "./new.ts";', "no cycles"],
    [
      "a folder without a place",
      "packages/core/src/utils/new.ts",
      "export {};",
      "belongs to a layer",
    ],
    [
      "a built-in module",
      "packages/core/src/api/new.ts",
      'import "node:fs";',
      "no built-in module",
    ],
    [
      "its own index",
      "packages/core/src/api/new.ts",
      'import "../index.ts";',
      "own package's index",
    ],
    [
      "an undeclared package",
      "packages/core/src/api/new.ts",
      'import "vitest";',
      "declared dependencies",
    ],
  ])("refuses %s", (_what, path, source, rule) => {
    add(path, source);
    if (path.includes("utils")) add("packages/core/src/flags/uses.ts", 'import "../utils/new.ts";');
    const { isGood, stdout } = cruise();
    expect(isGood).toBe(false);
    expect(stdout).toContain(rule);
  });
});

describe("restricted globals", () => {
  function lint(path: string, source: string): string {
    add(path, source);
    const { stdout, stderr } = spawnSync(bin("biome"), ["lint", path], {
      cwd: copy,
      encoding: "utf8",
    });
    return `${stdout}${stderr}`;
  }

  it.each(["process", "Buffer", "Deno", "fetch", "setTimeout", "setInterval", "globalThis"])(
    "refuse %s in core",
    (name) => {
      const output = lint("packages/core/src/api/new.ts", `export const used = ${name};\n`);
      expect(output).toContain("noRestrictedGlobals");
    },
  );

  it("refuse the infinite number by its global name", () => {
    const output = lint("packages/core/src/api/new.ts", "export const used = Infinity;\n");
    expect(output).toContain("useNumberNamespace");
  });

  it("leave an adapter its runtime", () => {
    const output = lint("packages/node/src/new.ts", "export const used = process;\n");
    expect(output).not.toContain("noRestrictedGlobals");
  });
});
