import { execFile } from "node:child_process";
import { builtinModules } from "node:module";
import { basename, resolve } from "node:path";
import { promisify } from "node:util";
import type { ContractResult } from "../contract.ts";

const execute = promisify(execFile);
const bin = resolve(import.meta.dirname, "../../node_modules/.bin");
/** What a module asks for: `from "x"`, `import "x"`, `import("x")` or `require("x")`. */
const importPattern = /\b(?:from|import|require)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** Whether what is published can be imported, required and typed by everyone, and says what it is. */
export async function checkPackages(tarballs: readonly string[]): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const tarball of tarballs) {
    results.push(await check("publint", ["run", tarball, "--strict"], tarball));
    // Of every resolution there is; what is ESM only can be imported by CommonJS, not required.
    const ignored = (await hasCommonJs(tarball)) ? [] : ["--ignore-rules", "cjs-resolves-to-esm"];
    results.push(await check("attw", [tarball, "--profile", "strict", ...ignored], tarball));
    results.push(await checkReadme(tarball));
    results.push(await checkBuiltIns(tarball));
  }
  return results;
}

async function hasCommonJs(tarball: string): Promise<boolean> {
  return (await read(tarball, "package/package.json")).includes('"require"');
}

/** A registry shows the README of the tarball, and nothing without one. */
async function checkReadme(tarball: string): Promise<ContractResult> {
  const name = `${basename(tarball)} has a README that begins with its name, and keywords`;
  const { name: published, keywords } = JSON.parse(await read(tarball, "package/package.json"));
  const readme = await read(tarball, "package/README.md").catch(() => "");
  if (!readme.startsWith(`# ${published}\n`))
    return { name, failure: "there is no such README.md" };
  return Array.isArray(keywords) ? { name } : { name, failure: "package.json has no keywords" };
}

/** Deno, and Workers with Node's modules, know a built-in by its full name alone. */
async function checkBuiltIns(tarball: string): Promise<ContractResult> {
  const name = `${basename(tarball)} imports built-ins as node:… only`;
  const code = await read(tarball, "--wildcards", "package/dist/*");
  const specifiers = Array.from(code.matchAll(importPattern), ([, , specifier = ""]) => specifier);
  const bare = specifiers.filter((specifier) => builtinModules.includes(specifier));
  if (specifiers.length === 0) return { name, failure: "no import was found at all" };
  return bare.length === 0 ? { name } : { name, failure: `bare: ${bare.join(", ")}` };
}

async function read(tarball: string, ...members: readonly string[]): Promise<string> {
  const options = { maxBuffer: 2 ** 26 };
  const { stdout } = await execute("tar", ["-xOf", tarball, ...members], options);
  return stdout;
}

function check(tool: string, args: readonly string[], tarball: string): Promise<ContractResult> {
  const name = `${tool} finds nothing in ${basename(tarball)}`;
  return new Promise((done) => {
    execFile(`${bin}/${tool}`, args, (error, stdout, stderr) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stdout}${stderr}` });
    });
  });
}
