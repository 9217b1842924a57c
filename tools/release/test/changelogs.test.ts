import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listPublishedPackages } from "../src/published-packages.ts";

const packages = listPublishedPackages();

test.each(packages)("the changelog of $folderName begins with its version", (published) => {
  const { name, version } = published.manifest;
  const changelog = readFileSync(join(published.folder, "CHANGELOG.md"), "utf8");
  const [title, firstVersion] = changelog.split("\n").filter((line) => line.startsWith("#"));
  expect(title).toBe(`# ${name}`);
  expect(firstVersion).toBe(`## ${version}`);
});

test("all packages have the same version", () => {
  expect(new Set(packages.map(({ manifest }) => manifest.version)).size).toBe(1);
});
