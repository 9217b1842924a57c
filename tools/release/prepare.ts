// Turns the files in .changeset into versions and changelogs: npm run prepare-release
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPackageCommand, findPnpm } from "../contract/src/host/node-scripts.ts";
import { updateApiReports } from "./src/api-reports.ts";
import { listPublishedPackages, root } from "./src/published-packages.ts";

run(...findPackageCommand(root, "@changesets/cli", "changeset"), "version");

const published = listPublishedPackages();
const versions = new Set(published.map(({ manifest }) => manifest.version));
const [version] = versions;
if (version === undefined || versions.size > 1) {
  throw new Error(`All packages have one version, found: ${[...versions].join(", ")}`);
}
replace("packages/core/src/version.ts", /(?<=version = ")[^"]+/, version);
const names = published.map(({ manifest }) => manifest.name).join("|");
for (const example of readdirSync(join(root, "examples"), { withFileTypes: true })) {
  if (!example.isDirectory()) continue;
  const range = new RegExp(`(?<="(?:${names})": "\\^)[^"]+`, "g");
  replace(join("examples", example.name, "package.json"), range, version);
}
run(...findPnpm(), "install", "--lockfile-only");
run(...findPackageCommand(root, "turbo"), "run", "build", "--output-logs=errors-only");
await updateApiReports();
run(
  ...findPackageCommand(root, "@biomejs/biome", "biome"),
  "check",
  "--write",
  "packages",
  "examples",
);
console.log(`Prepared version ${version}.`);

function replace(path: string, pattern: RegExp, text: string): void {
  const file = join(root, path);
  writeFileSync(file, readFileSync(file, "utf8").replace(pattern, text));
}

function run(program: string, ...args: readonly string[]): void {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed`);
}
