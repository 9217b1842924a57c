import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

/** A program and its first arguments. */
export type Command = readonly [program: string, ...args: readonly string[]];

/**
 * Returns the command of a package that is installed in a folder. It runs the package's script on Node.js:
 * Windows cannot start the links in `node_modules/.bin` without a shell.
 */
export function findPackageCommand(
  folder: string,
  packageName: string,
  command: string = packageName,
): Command {
  const packageFolder = join(folder, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const script: string = typeof bin === "string" ? bin : bin[command];
  return [process.execPath, join(packageFolder, script)];
}

/** Returns the command of npm. */
export function findNpm(): Command {
  const { npm_execpath: current } = process.env;
  if (current?.endsWith("npm-cli.js")) return [process.execPath, current];
  const installed = join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js");
  return existsSync(installed) ? [process.execPath, installed] : ["npm"];
}

/** Returns the command of the pnpm that bootstrap.mjs puts on the path. */
export function findPnpm(): Command {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const script = resolve(folder, "../pnpm/bin/pnpm.mjs");
    if (existsSync(script)) return [process.execPath, script];
  }
  return ["pnpm"];
}
