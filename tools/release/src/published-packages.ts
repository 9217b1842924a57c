import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ExportTarget } from "../../bundling/entry-files.ts";

/** Root of the repository. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** Fields of a package.json that a release uses. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package that is published. */
export interface PublishedPackage {
  /** Name of its folder in `packages`. */
  readonly folderName: string;
  /** Path of its folder. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Lists the packages of a workspace that are not private. */
export function listPublishedPackages(workspace: string = root): PublishedPackage[] {
  return readdirSync(join(workspace, "packages"))
    .sort()
    .flatMap((folderName): PublishedPackage[] => {
      const folder = join(workspace, "packages", folderName);
      const manifest = readManifest(folder);
      return manifest === undefined || manifest.private ? [] : [{ folderName, folder, manifest }];
    });
}

/** Returns the name of a package's tarball, without its extension. */
export function tarballName({ name, version }: Pick<Manifest, "name" | "version">): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}`;
}

/** Reads the package.json of a folder, or returns undefined if there is none. */
export function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
