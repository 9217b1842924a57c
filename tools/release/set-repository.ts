// Writes the repository to each package.json, which npm compares with the provenance. In GitHub's workflow only.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listPublishedPackages } from "./src/published-packages.ts";

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (!server || !repository) throw new Error("GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set");
for (const { folder, folderName } of listPublishedPackages()) {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const url = `git+${server}/${repository}.git`;
  manifest.repository = { type: "git", url, directory: `packages/${folderName}` };
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
