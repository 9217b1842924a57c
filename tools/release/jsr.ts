// Writes the packages for Deno's registry to the folder .jsr, and checks them: npm run jsr
//
//   npm run jsr -- --publish   publishes them, in a workflow that the registry trusts
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundledPackages } from "../bundling/bundled-packages.ts";
import { readManifest, root } from "./src/published-packages.ts";

const folder = join(root, ".jsr");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

// The registry gets the sources, and imports of other packages with their registries.
await writePackage("core", readBundledVersions());
const { version } = readPublished("core");
const core = `jsr:@flagsmith-isomorphic/core@^${version}`;
await writePackage("deno", { "@flagsmith-isomorphic/core": core });
const lib = ["deno.window", "dom", "dom.iterable"];
writeJson("deno.json", { workspace: ["./core", "./deno"], compilerOptions: { lib } });

const deno = join(root, "tools/runtimes/node_modules/deno/bin.cjs");
const mode = process.argv.includes("--publish") ? [] : ["--dry-run"];
const { status, stderr } = spawnSync(
  process.execPath,
  [deno, "publish", "--allow-dirty", ...mode],
  { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
);
// The rest of the output is a list of files.
const lines = stderr.split("\n").filter((line) => !line.startsWith("   file:"));
console.log(lines.join("\n").trim());
if (status !== 0 || stderr.includes("slow-types")) process.exitCode = 1;

async function writePackage(
  name: string,
  imports: Readonly<Record<string, string>>,
): Promise<void> {
  const source = join(root, "packages", name);
  for (const file of ["src", "README.md", "CHANGELOG.md"]) {
    cpSync(join(source, file), join(folder, name, file), { recursive: true });
  }
  cpSync(join(root, "LICENSE"), join(folder, name, "LICENSE"));
  const { default: config } = await import(pathToFileURL(join(source, "tsup.config.ts")).href);
  const entries: readonly (readonly [string, string])[] = Array.isArray(config.entry)
    ? config.entry.map((path: string) => [basename(path, ".ts"), path])
    : Object.entries(config.entry);
  const exports = entries.map(([entry, path]) => [
    entry === "index" ? "." : `./${entry}`,
    `./${path}`,
  ]);
  const { name: packageName, version, license } = readPublished(name);
  writeJson(join(name, "deno.json"), {
    name: packageName,
    version,
    license,
    exports: Object.fromEntries(exports),
    imports,
  });
}

/** The versions of the packages that the builds contain. */
function readBundledVersions(): Record<string, string> {
  const { devDependencies } = JSON.parse(
    readFileSync(join(root, "packages/core/package.json"), "utf8"),
  );
  return Object.fromEntries(
    bundledPackages.map((name) => [name, `npm:${name}@${devDependencies[name]}`]),
  );
}

function readPublished(name: string) {
  const manifest = readManifest(join(root, "packages", name));
  if (manifest === undefined) throw new Error(`packages/${name} has no package.json`);
  return manifest;
}

function writeJson(path: string, content: object): void {
  writeFileSync(join(folder, path), `${JSON.stringify(content, null, 2)}\n`);
}
