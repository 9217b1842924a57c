import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A runtime on which the packages are tested. */
export interface Runtime {
  /** Name on command lines. */
  readonly id: string;
  readonly name: string;
}

/** A runtime that starts a script from a command line. */
export interface CommandRuntime extends Runtime {
  /** Path of its program. */
  readonly program: string;
  /** Arguments before the script. */
  readonly args?: readonly string[];
  /** Environment variables, besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const resolveModule = (path: string) =>
  fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

/** Folder with the commands `bun` and `deno`. */
export const commandFolder: string = resolveModule(".bin");

/** Node.js versions that come as packages, for Linux on x64 only. */
const packagedNodes: readonly CommandRuntime[] = ["20", "22", "24", "26"].map((version) => ({
  id: `node${version}`,
  name: `Node ${version}`,
  program: resolveModule(`node${version}/bin/node`),
}));

/** The Node.js that runs the tools: the packaged Node 24, or the installed one where it is missing. */
export const toolsNode: CommandRuntime =
  packagedNodes.find(({ id, program }) => id === "node24" && existsSync(program)) ??
  createInstalledNode(process.version);

function createInstalledNode(version: string): CommandRuntime {
  const [major = ""] = version.slice(1).split(".");
  return { id: `node${major}`, name: `Node ${major}`, program: process.execPath };
}

const node22Program = resolveModule("node22-18/bin/node");

/** The lowest Node.js of the examples, which run TypeScript. The installed one replaces it where it is missing. */
export const lowestNodeOfExamples: CommandRuntime = existsSync(node22Program)
  ? { id: "node22.18", name: "Node 22.18", program: node22Program }
  : toolsNode;

/** Bun. */
export const bun: CommandRuntime = {
  id: "bun",
  name: "Bun",
  program: resolveModule("bun/bin/bun.exe"),
};

/** Runtimes of the Node.js adapter. The installed Node.js replaces a packaged one that is missing. */
export const commandRuntimes: readonly CommandRuntime[] = [
  ...packagedNodes.map((packaged) => (packaged.id === toolsNode.id ? toolsNode : packaged)),
  ...(packagedNodes.some(({ id }) => id === toolsNode.id) ? [] : [toolsNode]),
  bun,
];

/** Deno resolves the modules that npm has installed beside a script, and downloads nothing. */
const denoModules = ["--node-modules-dir=manual", "--cached-only", "--no-remote", "--no-lock"];

/** Deno without any permission. */
export const deno: CommandRuntime = {
  id: "deno",
  name: "Deno",
  program: resolveModule(process.platform === "win32" ? "deno/deno.exe" : "deno/deno"),
  args: ["run", "--no-prompt", ...denoModules],
  // Without DENO_DIR, Deno would write to the user's home.
  env: { DENO_DIR: resolveModule(".cache/deno"), DENO_NO_UPDATE_CHECK: "1" },
};

/** Deno's compiler, which only checks the types of a script. */
export const denoCheck: CommandRuntime = { ...deno, args: ["check", "--quiet", ...denoModules] };

/** workerd, which Miniflare starts. */
export const workerd: Runtime = { id: "workerd", name: "workerd" };

/** The Vercel Edge Runtime, which runs inside Node.js. */
export const edgeRuntime: Runtime = { id: "edge-runtime", name: "edge-runtime" };

/** Ids of all runtimes, in the order in which they are listed. */
export const runtimeIds: readonly string[] = [...commandRuntimes, deno, workerd, edgeRuntime].map(
  ({ id }) => id,
);

/** Returns why a runtime cannot run on this machine, or `undefined` if it can. */
export function findUnavailability({ program }: CommandRuntime): string | undefined {
  if (existsSync(program)) return undefined;
  return `no package for ${process.platform} on ${process.arch} is installed`;
}
