import { fileURLToPath } from "node:url";

/** A runtime that starts a script from a command line. */
export interface CommandRuntime {
  readonly name: string;
  /** The path of its program. */
  readonly program: string;
}

const programOf = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

/** Every runtime that the packages are proved on. */
export const commandRuntimes: readonly CommandRuntime[] = [
  { name: "Node 20", program: programOf("node20/bin/node") },
  { name: "Node 22", program: programOf("node22/bin/node") },
  { name: "Node 24", program: programOf("node24/bin/node") },
  { name: "Node 26", program: programOf("node26/bin/node") },
  { name: "Bun", program: programOf("bun/bin/bun.exe") },
];
