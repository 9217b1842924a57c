// Builds the last commit in a clone, and compares the tarballs with those of this checkout: npm run reproduce
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { findPackageCommand, findPnpm } from "../contract/src/host/node-scripts.ts";
import { listPublishedPackages, root } from "./src/published-packages.ts";

const folder = await mkdtemp(join(tmpdir(), "reproduce-"));
const clone = join(folder, "clone");
try {
  run(folder, "git", "clone", "--quiet", "--depth", "1", pathToFileURL(root).href, clone);
  run(
    clone,
    ...findPnpm(),
    "install",
    "--frozen-lockfile",
    "--prefer-offline",
    "--reporter=silent",
  );
  const turbo = findPackageCommand(clone, "turbo");
  run(clone, ...turbo, "run", "build", "--force", "--output-logs=errors-only");
  const [here, there] = await Promise.all([digestTarballs(root), digestTarballs(clone)]);
  for (const [file, digest] of here) {
    const isSame = there.get(file) === digest;
    console.log(`${isSame ? "same" : "DIFFERENT"} ${file} sha256 ${digest}`);
    if (!isSame) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Packs the packages of a checkout. Returns the SHA-256 of each tarball. */
async function digestTarballs(checkout: string): Promise<ReadonlyMap<string, string>> {
  const tarballs = join(folder, `tarballs of ${basename(checkout)}`);
  for (const published of listPublishedPackages(checkout)) {
    run(published.folder, ...findPnpm(), "pack", "--pack-destination", tarballs);
  }
  const files = (await readdir(tarballs)).sort();
  const digests = files.map(async (file): Promise<[string, string]> => {
    const bytes = await readFile(join(tarballs, file));
    return [file, createHash("sha256").update(bytes).digest("hex")];
  });
  return new Map(await Promise.all(digests));
}

function run(cwd: string, program: string, ...args: readonly string[]): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed`);
}
