import { extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { CommandError } from "./exit-code.ts";
import type { Ports } from "./ports.ts";
import { listRepositoryFolders } from "./repository.ts";
import { printWarning } from "./text.ts";

/** How a file is searched. */
type SourceKind = "script" | "jsx" | "page" | "text";

/** A file with source code. */
export interface SourceFile {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly kind: SourceKind;
}

const kinds: Readonly<Record<string, SourceKind>> = {
  ...createKinds("script", ".ts .mts .cts"),
  ...createKinds("jsx", ".js .mjs .cjs .jsx .tsx"),
  ...createKinds("page", ".vue .svelte .astro .html"),
  // Data formats are left out: a saved document would mention every feature.
  ...createKinds(
    "text",
    ".py .rb .go .rs .java .kt .kts .scala .swift .m .dart .php .cs .fs .ex .exs .erb .elm .sql .sh",
  ),
};

/** Folders of code that other people wrote, or that tools did. */
const skippedFolders: readonly string[] = [
  "node_modules",
  "dist",
  "build",
  "out",
  "coverage",
  "vendor",
  "target",
];

/**
 * Lists the files with source code in folders. Follows `.gitignore`.
 *
 * @param patterns - files to leave out. Relative to the working directory, or to a path that is outside of it.
 * @throws CommandError
 */
export async function listSourceFiles(
  paths: readonly string[],
  patterns: readonly string[],
  ports: Ports,
): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  const rules = ignore().add([...patterns]);
  for (const path of paths) {
    const absolute = resolve(ports.cwd, path);
    const isKnown = await ports.files.exists(absolute);
    if (!isKnown) throw new CommandError(`There is no file or folder ${path}.`);
    const outer = await readOuterRules(absolute, ports);
    const fromHere = relative(ports.cwd, absolute);
    // There is no relative path to another drive of Windows.
    const isOutside = fromHere.startsWith("..") || isAbsolute(fromHere);
    const base = { folder: isOutside ? absolute : ports.cwd, rules };
    await visit(absolute, [base, ...outer], ports, found);
  }
  // The paths may overlap.
  return [...new Map(found.map((file) => [file.path, file])).values()];
}

/** Rules for what is in a folder. */
interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * Reads the rules of the folders around a path, as far as they belong to its Git repository. None apply to a path that
 * they exclude themselves: the user wants it.
 */
async function readOuterRules(path: string, ports: Ports): Promise<readonly IgnoreRules[]> {
  const [, ...outer] = await listRepositoryFolders(path, ports.files);
  const rules = await Promise.all(outer.reverse().map((folder) => readRules(folder, ports)));
  return isIgnored(rules.flat(), path, true) ? [] : rules.flat();
}

async function readRules(folder: string, { files }: Ports): Promise<readonly IgnoreRules[]> {
  const path = join(folder, ".gitignore");
  const text = (await files.isFile(path)) ? await files.read(path).catch(() => "") : "";
  return text === "" ? [] : [{ folder, rules: ignore().add(text) }];
}

async function visit(
  path: string,
  rules: readonly IgnoreRules[],
  ports: Ports,
  found: SourceFile[],
): Promise<void> {
  const entries = await ports.files.list(path).catch(() => {
    printWarning(ports.stderr, `${toSlashes(relative(ports.cwd, path))} cannot be read.`);
    return [];
  });
  if (entries === undefined) {
    addFile(path, ports.cwd, found);
    return;
  }
  const all = [...rules, ...(await readRules(path, ports))];
  for (const { name, isFolder } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = join(path, name);
    const isSkipped = name.startsWith(".") || (isFolder && skippedFolders.includes(name));
    if (isSkipped || isIgnored(all, child, isFolder)) continue;
    if (isFolder) await visit(child, all, ports, found);
    else addFile(child, ports.cwd, found);
  }
}

/** The rules of inner folders come later, and may include what outer ones exclude. */
function isIgnored(all: readonly IgnoreRules[], path: string, isFolder: boolean): boolean {
  let isExcluded = false;
  for (const { folder, rules } of all) {
    const inside = toSlashes(relative(folder, path));
    const { ignored, unignored } = rules.test(isFolder ? `${inside}/` : inside);
    if (ignored || unignored) isExcluded = ignored;
  }
  return isExcluded;
}

function addFile(path: string, cwd: string, found: SourceFile[]): void {
  const kind = kinds[extname(path).toLowerCase()];
  if (kind !== undefined) found.push({ path: toSlashes(relative(cwd, path)), kind });
}

/** On Windows. Elsewhere, a backslash is part of a name. */
function toSlashes(path: string): string {
  return path.replaceAll(sep, "/");
}

function createKinds(kind: SourceKind, extensions: string): Readonly<Record<string, SourceKind>> {
  return Object.fromEntries(extensions.split(" ").map((extension) => [extension, kind]));
}
