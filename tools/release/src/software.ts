import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Manifest, type PublishedPackage, readManifest, root } from "./published-packages.ts";

/** A package that a published package contains, or that is installed with it. */
export interface Software {
  readonly manifest: Manifest;
  /** Whether the build contains its code. */
  readonly isBundled: boolean;
  /** Range of versions, if users install it themselves. */
  readonly peerRange?: string;
  /** Digest of its tarball in the lockfile, `sha512-` and Base64, unless it belongs to the workspace. */
  readonly integrity?: string;
  readonly dependencies: readonly Software[];
}

/** Folders that {@link findBundled} has found: source maps are large, and several packages contain core. */
const bundledByFolder = new Map<string, ReadonlySet<string>>();

let integrities: ReadonlyMap<string, string> | undefined;

/** How a package uses another one. */
type Use = Pick<Software, "isBundled" | "peerRange">;

/** Finds the software in the build of a package, its dependencies and its peer dependencies. */
export function findSoftware({
  folder,
  manifest,
}: Pick<PublishedPackage, "folder" | "manifest">): Software[] {
  integrities ??= readIntegrities();
  const known = integrities;
  const bundled = findBundled(folder);
  const read = (path: string, use: Use): Software => {
    const found = readManifest(path);
    if (found === undefined) throw new Error(`${path} has no package.json`);
    const integrity = known.get(`${found.name}@${found.version}`);
    if (integrity === undefined) {
      const needed = findSoftware({ folder: path, manifest: found });
      return { manifest: found, ...use, dependencies: needed };
    }
    // Of bundled third-party code only the parts in use are in the build, without the dependencies.
    const needed = use.isBundled ? [] : listDependencies(path, found);
    const dependencies = needed.map((dependency) => read(dependency, { isBundled: false }));
    return { manifest: found, ...use, integrity, dependencies };
  };
  const dependencies = listDependencies(folder, manifest);
  const peers = Object.entries(manifest.peerDependencies ?? {});
  return [
    ...dependencies.map((path) => read(path, { isBundled: bundled.has(path) })),
    ...[...bundled]
      .filter((path) => !dependencies.includes(path))
      .map((path) => read(path, { isBundled: true })),
    ...peers.map(([name, peerRange]) =>
      read(findInstalled(folder, name), { isBundled: false, peerRange }),
    ),
  ];
}

/** Lists software and everything that it depends on. */
export function flatten(software: readonly Software[]): Software[] {
  return software.flatMap((one) => [one, ...flatten(one.dependencies)]);
}

/** Lists the folders of the dependencies of a package. */
function listDependencies(folder: string, { dependencies = {} }: Manifest): string[] {
  return Object.keys(dependencies).map((name) => findInstalled(folder, name));
}

/** Finds the folder of a package as Node.js does. */
function findInstalled(from: string, name: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (readManifest(path) !== undefined) return realpathSync(path);
  }
  throw new Error(`${from} has no ${name}`);
}

/** Finds the folders of the other packages whose sources are in the source maps of a build. */
function findBundled(folder: string): ReadonlySet<string> {
  const found = bundledByFolder.get(folder);
  if (found !== undefined) return found;
  const dist = join(folder, "dist");
  const maps = readdirSync(dist).filter((file) => file.endsWith(".map"));
  const sourceFolders = maps.flatMap((file): string[] => {
    const { sources } = JSON.parse(readFileSync(join(dist, file), "utf8"));
    return sources.map((source: string) => dirname(join(dist, source)));
  });
  const folders = Array.from(new Set(sourceFolders), findPackageFolder);
  const bundled = new Set(folders.filter((path) => path !== realpathSync(folder)));
  bundledByFolder.set(folder, bundled);
  return bundled;
}

function findPackageFolder(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (readManifest(folder) !== undefined) return realpathSync(folder);
  }
  throw new Error(`${from} belongs to no package`);
}

/** Reads the digests of all tarballs in the lockfile, by name and version. */
function readIntegrities(): ReadonlyMap<string, string> {
  const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
  const entries = lockfile.matchAll(
    /^ {2}'?([^\s':]+@[^\s':]+)'?:\n {4}resolution: \{integrity: ([^\s,}]+)/gm,
  );
  return new Map(Array.from(entries, ([, name = "", integrity = ""]) => [name, integrity]));
}
