import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, "../../../..");
const folder = join(root, ".packed");

/** The published packages. */
const packages: readonly string[] = ["core", "deno", "edge", "node", "testing"];

/** What the published packages are as their users get them. */
export interface Packed {
  readonly tarballs: readonly string[];
  /** A project outside the workspace in which the tarballs are installed. */
  readonly consumer: string;
}

/** Packs every published package, and installs the tarballs as a user would. */
export async function pack(): Promise<Packed> {
  await rm(folder, { recursive: true, force: true });
  const consumer = join(folder, "consumer");
  await mkdir(consumer, { recursive: true });
  for (const name of packages) {
    await execute("pnpm", ["pack", "--pack-destination", folder], {
      cwd: join(root, "packages", name),
    });
  }
  const files = await readdir(folder);
  const tarballs = files.filter((file) => file.endsWith(".tgz")).map((file) => join(folder, file));

  await writeFile(join(consumer, "package.json"), JSON.stringify({ private: true }));
  const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  // The suite's own need, for a proxy.
  await execute("npm", [...install, ...tarballs, "undici@7.30.2"], { cwd: consumer });
  return { tarballs, consumer };
}
