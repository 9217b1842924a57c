import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Command, findNpm, findPnpm } from "./node-scripts.ts";

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, "../../../..");
const folder = join(root, ".packed");
const consumer = join(folder, "consumer");

/** Folders of the published packages. */
const packageFolders: readonly string[] = [
  "cli",
  "core",
  "deno",
  "edge",
  "node",
  "openfeature",
  "sdk",
  "testing",
  "vercel-flags",
];

/** The published packages as their users get them. */
interface Packed {
  readonly packages: readonly PackedPackage[];
  /** Folder of a project outside the workspace in which the tarballs are installed. */
  readonly consumer: string;
}

/** A published package. */
export interface PackedPackage {
  readonly name: string;
  /** Path of its tarball. */
  readonly tarball: string;
  /** Folder of its installed files. */
  readonly folder: string;
  /** Whether it has a command, and no module to import. */
  readonly isProgram: boolean;
}

/** Packs every published package, and installs the tarballs as a user would. */
export async function pack(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(consumer, { recursive: true });
  await packInto(folder);
  const files = await readdir(folder);
  const tarballs = files.filter((file) => file.endsWith(".tgz")).map((file) => join(folder, file));
  await writeFile(join(consumer, "package.json"), JSON.stringify({ private: true }));
  const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  // The suite needs undici for a proxy, and the integrations their SDKs. The documentation shows schemas of valibot, and
  // clients of Redis.
  const sdk = ["@openfeature/server-sdk@1.23.0", "@openfeature/core@1.12.0", "flags@4.3.1"];
  const others = ["undici@7.30.2", "valibot@1.5.0", "redis@6.3.1", "ioredis@5.11.1", ...sdk];
  await run(findNpm(), [...install, ...tarballs, ...others], consumer);
}

/** Writes the tarball of every published package to a folder. */
export async function packInto(destination: string): Promise<void> {
  for (const name of packageFolders) {
    const cwd = join(root, "packages", name);
    await run(findPnpm(), ["pack", "--pack-destination", destination], cwd);
  }
}

/** Finds the packages that {@link pack} has packed. */
export async function readPacked(): Promise<Packed> {
  const packages = packageFolders.map(async (packageFolder): Promise<PackedPackage> => {
    const manifest = join(root, "packages", packageFolder, "package.json");
    const { name, version, bin } = JSON.parse(await readFile(manifest, "utf8"));
    const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    const installed = join(consumer, "node_modules", name);
    return { name, tarball: join(folder, file), folder: installed, isProgram: bin !== undefined };
  });
  return { packages: await Promise.all(packages), consumer };
}

function run([program, ...first]: Command, args: readonly string[], cwd: string) {
  return execute(program, [...first, ...args], { cwd });
}
