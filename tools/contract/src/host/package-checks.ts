import { execFile } from "node:child_process";
import { basename, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";

const bin = resolve(import.meta.dirname, "../../node_modules/.bin");

/** Whether what is published can be imported, required and typed by everyone. */
export async function checkPackages(tarballs: readonly string[]): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const tarball of tarballs) {
    results.push(await check("publint", ["run", tarball, "--strict"], tarball));
    // Node.js 20 and later: the resolution of Node.js 10 knows no subpaths.
    results.push(await check("attw", [tarball, "--profile", "node16"], tarball));
  }
  return results;
}

function check(tool: string, args: readonly string[], tarball: string): Promise<ContractResult> {
  const name = `${tool} finds nothing in ${basename(tarball)}`;
  return new Promise((done) => {
    execFile(`${bin}/${tool}`, args, (error, stdout, stderr) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stdout}${stderr}` });
    });
  });
}
