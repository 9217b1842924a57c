import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { type Command, findNpm } from "../../../contract/src/host/node-scripts.ts";

/** Root of the repository. */
export const root: string = resolve(import.meta.dirname, "../../../..");

/** Runs a command in the root, with its output. Resolves to whether it succeeded. */
export function runCommand(
  [program, ...first]: Command,
  ...args: readonly string[]
): Promise<boolean> {
  return new Promise((done, reject) => {
    const child = spawn(program, [...first, ...args], { cwd: root, stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (code) => done(code === 0));
  });
}

/** Runs a Node.js script in the root, with its output. Resolves to whether it succeeded. */
export function runNode(script: string, ...args: readonly string[]): Promise<boolean> {
  return runCommand([process.execPath], script, ...args);
}

/** Runs a script of the root package.json, with its output. Resolves to whether it succeeded. */
export function runScript(name: string): Promise<boolean> {
  return runCommand(findNpm(), "run", "--silent", name);
}
