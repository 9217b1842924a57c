import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareApiReports, updateApiReports } from "../src/api-reports.ts";
import { listPublishedPackages } from "../src/published-packages.ts";

let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "api-reports-test-"));
  await mkdir(join(workspace, "packages/thing/dist"), { recursive: true });
  await mkdir(join(workspace, "packages/hidden"), { recursive: true });
  await writeFile(join(workspace, "packages/hidden/package.json"), '{ "private": true }');
  await writeEntries("index", "extra");
  await declare("index", "export declare function read(name: string): number;");
  await declare("extra", 'export { read } from "./index.js";');
  await updateApiReports(listPublishedPackages(workspace));
});

afterEach(() => rm(workspace, { recursive: true }));

test("a changed signature is a difference, shown as a diff", async () => {
  await declare("index", "export declare function read(name: string | number): number;");
  const differences = await compare();
  const difference = differences.find(({ report }) => report === "thing/api/index.api.md");
  expect(difference?.diff).toContain("-export function read(name: string): number;");
  expect(difference?.diff).toContain("+export function read(name: string | number): number;");
});

test("a description and an unexported declaration are no difference", async () => {
  const declarations = [
    "/** Reads a number. */",
    "declare function read(name: string): number;",
    "declare const version: string;",
    "export { read };",
  ];
  await declare("index", declarations.join("\n"));
  expect(await compare()).toEqual([]);
});

test("a new entry is a difference, and so is an entry that is gone", async () => {
  await declare("other", "export declare const version: string;");
  await writeEntries("index", "other");
  const differences = await compare();
  expect(differences.map(({ report }) => report)).toEqual([
    "thing/api/extra.api.md",
    "thing/api/other.api.md",
  ]);
  await updateApiReports(listPublishedPackages(workspace));
  expect(await compare()).toEqual([]);
});

function compare() {
  return compareApiReports(listPublishedPackages(workspace));
}

async function writeEntries(...names: readonly string[]): Promise<void> {
  const entries = names.map((name): [string, object] => {
    const entry = name === "index" ? "." : `./${name}`;
    const types = `./dist/${name}.d.ts`;
    return [entry, { import: { types, default: `./dist/${name}.js` } }];
  });
  const exports = Object.fromEntries(entries);
  const manifest = { name: "thing", version: "1.0.0", type: "module", exports };
  await writeFile(join(workspace, "packages/thing/package.json"), JSON.stringify(manifest));
}

function declare(name: string, declarations: string): Promise<void> {
  return writeFile(join(workspace, `packages/thing/dist/${name}.d.ts`), declarations);
}
