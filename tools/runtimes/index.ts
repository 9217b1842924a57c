import { fileURLToPath } from "node:url";

/** A runtime that starts a script from a command line. */
export interface CommandRuntime {
  readonly name: string;
  /** The path of its program. */
  readonly program: string;
  /** What stands on its command line before the script. */
  readonly args?: readonly string[];
  /** What its environment has besides our own. */
  readonly env?: Readonly<Record<string, string>>;
}

const pathOf = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

/** The runtimes that the Node.js adapter is proved on. */
export const commandRuntimes: readonly CommandRuntime[] = [
  { name: "Node 20", program: pathOf("node20/bin/node") },
  { name: "Node 22", program: pathOf("node22/bin/node") },
  { name: "Node 24", program: pathOf("node24/bin/node") },
  { name: "Node 26", program: pathOf("node26/bin/node") },
  { name: "Bun", program: pathOf("bun/bin/bun.exe") },
];

/** Deno finds what npm installed beside a script, and fetches nothing. */
const denoModules = ["--node-modules-dir=manual", "--cached-only", "--no-remote", "--no-lock"];

/** Deno without a permission. */
export const deno: CommandRuntime = {
  name: "Deno",
  program: pathOf("deno/deno"),
  args: ["run", "--no-prompt", ...denoModules],
  // Not in the user's home.
  env: { DENO_DIR: pathOf(".cache/deno"), DENO_NO_UPDATE_CHECK: "1" },
};

/** Deno's compiler, which only checks the types of a script. */
export const denoCheck: CommandRuntime = { ...deno, args: ["check", "--quiet", ...denoModules] };
