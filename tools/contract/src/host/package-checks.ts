import { execFile } from "node:child_process";
import { basename, resolve } from "node:path";
import { promisify } from "node:util";
import type { ContractResult } from "../contract.ts";

const execute = promisify(execFile);
const bin = resolve(import.meta.dirname, "../../node_modules/.bin");

/** Whether what is published can be imported, required and typed by everyone. */
export async function checkPackages(tarballs: readonly string[]): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const tarball of tarballs) {
    results.push(await check("publint", ["run", tarball, "--strict"], tarball));
    // Node.js 20 and later: the resolution of Node.js 10 knows no subpaths.
    const profile = (await hasCommonJs(tarball)) ? "node16" : "esm-only";
    results.push(await check("attw", [tarball, "--profile", profile], tarball));
  }
  return results;
}

async function hasCommonJs(tarball: string): Promise<boolean> {
  const { stdout } = await execute("tar", ["-xOf", tarball, "package/package.json"]);
  return stdout.includes('"require"');
}

function check(tool: string, args: readonly string[], tarball: string): Promise<ContractResult> {
  const name = `${tool} finds nothing in ${basename(tarball)}`;
  return new Promise((done) => {
    execFile(`${bin}/${tool}`, args, (error, stdout, stderr) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stdout}${stderr}` });
    });
  });
}
