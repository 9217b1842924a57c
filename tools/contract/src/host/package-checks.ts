import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, join, resolve } from "node:path";
import { bundledPackages, licensesFile } from "../../../bundling/bundled-packages.ts";
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
  for (const { name, tarball, folder, isProgram } of packages) {
    const file = basename(tarball);
    results.push(
      await runTool(publint, ["run", tarball, "--strict"], `publint finds nothing in ${file}`),
    );
    // A program has no types.
    if (!isProgram) {
      results.push(
        await runTool(attw, [tarball, "--profile", "strict"], `attw finds nothing in ${file}`),
      );
    }
    results.push(await checkReadme(name, { file, folder }));
    results.push(await checkBuiltIns({ file, folder }));
    results.push(await checkSourceMaps({ file, folder }));
    results.push(await checkLines({ file, folder }));
    results.push(await checkStrings({ file, folder }));
    results.push(await checkSuperCalls({ file, folder }));
    results.push(await checkBundledPackages({ file, folder }));
    results.push(await checkRanges({ file, folder }));
  }
  return results;
}

/** File name of a tarball and folder of its installed files. */
interface Installed {
  readonly file: string;
  readonly folder: string;
}

/** Lines of a README that explains a package. The documentation has the rest. */
const maxReadmeLines = 42;

/** A registry shows the README of the tarball. Links to files outside the package would not work there. */
async function checkReadme(
  packageName: string,
  { file, folder }: Installed,
): Promise<ContractResult> {
  const name = `${file} has a short README without dead links, keywords, an author and a licence`;
  const { keywords, author, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const readme = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  if (!readme.startsWith(`# ${packageName}\n`)) {
    return { name, failure: `README.md does not begin with "# ${packageName}"` };
  }
  if (readme.split("\n").length > maxReadmeLines) {
    return { name, failure: `README.md has more than ${maxReadmeLines} lines` };
  }
  const [relativeLink] = /\]\((?!https:|#)[^)]*\)/.exec(readme) ?? [];
  if (relativeLink !== undefined) return { name, failure: `README.md links to ${relativeLink}` };
  const isDescribed = Array.isArray(keywords) && Boolean(author && license);
  return isDescribed
    ? { name }
    : { name, failure: "package.json has no keywords, author or licence" };
}

/** Deno, and Workers with Node.js modules, resolve built-ins only with the prefix `node:`. */
async function checkBuiltIns({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} imports built-ins as node:… only`;
  const files = await readBuild(folder);
  const code = files.flatMap(({ path, text }) => (/ts$|js$/.test(path) ? [text] : [])).join("\n");
  const specifiers = Array.from(code.matchAll(importPattern), ([, , specifier = ""]) => specifier);
  const bare = specifiers.filter((specifier) => builtinModules.includes(specifier));
  if (specifiers.length === 0) return { name, failure: "no import was found at all" };
  return bare.length === 0 ? { name } : { name, failure: `without prefix: ${bare.join(", ")}` };
}

/** Longer than each statement that the build does not split. */
const maxLineLength = 1000;

/** Node.js prints the whole line that an uncaught error comes from. */
async function checkLines({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} has no script with a line of more than ${maxLineLength} characters`;
  const scripts = (await readBuild(folder)).filter(({ path }) => /js$/.test(path));
  const long = scripts.find(({ text }) =>
    text.split("\n").some(({ length }) => length > maxLineLength),
  );
  return long === undefined ? { name } : { name, failure: long.path };
}

/** The CommonJS plugin of Rollup indents code, and would add its spaces to such a string. */
async function checkStrings({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} has no script with a string that continues on the next line`;
  const scripts = (await readBuild(folder)).filter(({ path }) => /js$/.test(path));
  const split = scripts.find(({ text }) => /\\\n/.test(text));
  return split === undefined ? { name } : { name, failure: split.path };
}

/** If TypeScript compiles a package for older targets than ES2022, it puts the fields of a class before such a call. */
async function checkSuperCalls({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} has no script with super(…) in a longer expression`;
  const scripts = (await readBuild(folder)).filter(({ path }) => /js$/.test(path));
  const joined = scripts.find(({ text }) => /\bsuper\((?:[^()]|\([^()]*\))*\)\s*,/.test(text));
  return joined === undefined ? { name } : { name, failure: joined.path };
}

/** Stack traces and debuggers show the sources, which the maps contain. */
async function checkSourceMaps({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} has a source map with the sources for each script`;
  const files = await readBuild(folder);
  const maps = new Map(files.map(({ path, text }) => [path, text]));
  for (const { path } of files.filter((script) => /js$/.test(script.path))) {
    const { sources, sourcesContent = [] } = JSON.parse(maps.get(`${path}.map`) ?? "{}");
    if (!Array.isArray(sources)) return { name, failure: `${path} has none` };
    if (sources.some((_, index) => typeof sourcesContent[index] !== "string")) {
      return { name, failure: `that of ${path} lacks a source` };
    }
  }
  return { name };
}

/** Third-party code is either a dependency, or part of the build together with its licence. */
async function checkBundledPackages({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} contains the licence of each package that is bundled into it`;
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const installed = bundledPackages.filter((bundled) => bundled in dependencies);
  if (installed.length > 0) return { name, failure: `dependencies: ${installed.join(", ")}` };
  const files = await readBuild(folder);
  const sources = files.flatMap(({ path, text }): string[] =>
    path.endsWith(".map") ? JSON.parse(text).sources : [],
  );
  const modules = sources.join("\n").matchAll(/node_modules\/(?!\.pnpm)((?:@[^/\n]+\/)?[^/\n]+)/g);
  const found = new Set(Array.from(modules, ([, bundled = ""]) => bundled));
  const licenses = files.find(({ path }) => path.endsWith(licensesFile))?.text ?? "";
  const unlicensed = [...found].filter((bundled) => !licenses.includes(`${bundled} `));
  return unlicensed.length === 0
    ? { name }
    : { name, failure: `without licence: ${unlicensed.join(", ")}` };
}

/**
 * With exact versions, a fix in a dependency would reach users only with a new release. Scripts that run during an
 * installation are refused by many users.
 */
async function checkRanges({ file, folder }: Installed): Promise<ContractResult> {
  const name = `${file} has caret ranges for its dependencies, and no install script`;
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const ranges = { ...manifest.dependencies, ...manifest.peerDependencies };
  const others = Object.entries<string>(ranges).filter(
    ([, range]) => !/^\^\d+\.\d+\.\d+( \|\| \^\d+\.\d+\.\d+)*$/.test(range),
  );
  const scripts = ["preinstall", "install", "postinstall", "prepare"].filter(
    (script) => script in (manifest.scripts ?? {}),
  );
  const found = [...others.map((entry) => entry.join(" ")), ...scripts].join(", ");
  return found === "" ? { name } : { name, failure: found };
}

async function readBuild(folder: string) {
  const dist = join(folder, "dist");
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path, text: await readFile(path, "utf8") };
      }),
  );
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
