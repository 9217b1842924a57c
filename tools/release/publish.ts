// Publishes the tarballs in the folder release, after `npm run sbom`. Skips those that the registry has.
//
//   node tools/release/publish.ts --dry-run
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findNpm } from "../contract/src/host/node-scripts.ts";
import { listPublishedPackages, root, tarballName } from "./src/published-packages.ts";

const isDryRun = process.argv.includes("--dry-run");
const [program, ...first] = findNpm();

for (const { manifest } of listPublishedPackages()) {
  const { name, version } = manifest;
  if (
    !isDryRun &&
    npm("pipe", "view", `${name}@${version}`, "version").stdout?.trim() === version
  ) {
    console.log(`${name} ${version} is published already`);
    continue;
  }
  const tarball = join(root, "release", `${tarballName(manifest)}.tgz`);
  // Provenance needs the identity of a workflow.
  const mode = isDryRun ? "--dry-run" : "--provenance";
  const { status } = npm("inherit", "publish", tarball, "--access=public", mode);
  if (status !== 0) throw new Error(`${name} could not be published`);
}

function npm(stdio: "inherit" | "pipe", ...args: readonly string[]) {
  return spawnSync(program, [...first, ...args], { stdio, encoding: "utf8" });
}
