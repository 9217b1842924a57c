import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, join, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";
import { type Command, findPackageCommand } from "./node-scripts.ts";
import type { PackedPackage } from "./packed.ts";

const contractFolder = resolve(import.meta.dirname, "../..");
/** Matches the module in `from "x"`, `import "x"`, `import("x")` and `require("x")`. */
const importPattern = /\b(?:from|import|require)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** Checks that published packages can be imported, required and typed, and describe themselves. */
export async function checkPackages(packages: readonly PackedPackage[]): Promise<ContractResult[]> {
  const publint = findPackageCommand(contractFolder, "publint");
  const attw = findPackageCommand(contractFolder, "@arethetypeswrong/cli", "attw");
  const results: ContractResult[] = [];
  for (const { name, tarball, folder } of packages) {
    const file = basename(tarball);
    results.push(
      await runTool(publint, ["run", tarball, "--strict"], `publint finds nothing in ${file}`),
    );
    // Checks all kinds of module resolution. CommonJS can import packages of ES modules, but not require them.
    const ignored = (await hasCommonJs(folder)) ? [] : ["--ignore-rules", "cjs-resolves-to-esm"];
    results.push(
      await runTool(
        attw,
        [tarball, "--profile", "strict", ...ignored],
        `attw finds nothing in ${file}`,
      ),
    );
    results.push(await checkReadme(name, { file, folder }));
    results.push(await checkBuiltIns({ file, folder }));
  }
  return results;
}

/** File name of a tarball and folder of its installed files. */
interface Installed {
  readonly file: string;
  readonly folder: string;
}

async function hasCommonJs(folder: string): Promise<boolean> {
  return (await readFile(join(folder, "package.json"), "utf8")).includes('"require"');
}

/** A registry shows the README of the tarball. */
async function checkReadme(
  packageName: string,
  { file, folder }: Installed,
): Promise<ContractResult> {
  const name = `${file} has a README that begins with its name, and keywords`;
  const { keywords } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const readme = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  if (!readme.startsWith(`# ${packageName}\n`)) {
    return { name, failure: `README.md does not begin with "# ${packageName}"` };
  }
  return Array.isArray(keywords) ? { name } : { name, failure: "package.json has no keywords" };
}

/** Deno, and Workers with Node.js modules, resolve built-ins only with the prefix `node:`. */
async function checkBuiltIns({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} imports built-ins as node:… only`;
  const dist = join(folder, "dist");
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  const code = (await Promise.all(texts)).join("\n");
  const specifiers = Array.from(code.matchAll(importPattern), ([, , specifier = ""]) => specifier);
  const bare = specifiers.filter((specifier) => builtinModules.includes(specifier));
  if (specifiers.length === 0) return { name, failure: "no import was found at all" };
  return bare.length === 0 ? { name } : { name, failure: `without prefix: ${bare.join(", ")}` };
}

function runTool(
  [program, ...first]: Command,
  args: readonly string[],
  name: string,
): Promise<ContractResult> {
  return new Promise((done) => {
    execFile(program, [...first, ...args], (error, stdout, stderr) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stdout}${stderr}` });
    });
  });
}
