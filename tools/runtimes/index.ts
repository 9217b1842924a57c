import { fileURLToPath } from "node:url";

/** A runtime that starts a script from a command line. */
export interface CommandRuntime {
  readonly name: string;
  /** The program and its arguments, before the script. */
  readonly command: readonly [program: string, ...args: string[]];
}

const bin = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const node = (major: number): CommandRuntime => ({
  name: `Node ${major}`,
  command: [bin(`node${major}/bin/node`)],
});

/** Every runtime that the packages are proved on. */
export const commandRuntimes: readonly CommandRuntime[] = [
  ...[20, 22, 24, 26].map(node),
  { name: "Bun", command: [bin(".bin/bun")] },
];
