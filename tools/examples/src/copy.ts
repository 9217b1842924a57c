import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { findPnpm } from "../../contract/src/host/node-scripts.ts";
import { readPacked } from "../../contract/src/host/packed.ts";

const execute = promisify(execFile);
const tool = resolve(import.meta.dirname, "..");
const examples = resolve(tool, "../../examples");

/** Files and folders that an example creates when it runs in the repository. */
const generated = [
  "node_modules",
  ".next",
  ".nitro",
  ".output",
  ".svelte-kit",
  ".wrangler",
  "build",
  "dist",
];

/** Examples that a framework has to build. They take longer than all others together. */
export const frameworkExamples: readonly string[] = ["nextjs", "nitro", "sveltekit"];

/** Names of all other examples. */
export const otherExamples: readonly string[] = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !frameworkExamples.includes(entry.name))
  .map(({ name }) => name);

/**
 * Copies examples to a folder outside the repository and installs their dependencies there, with the packed
 * packages. The versions of all others are those of the lockfile.
 */
export async function withCopiedExamples<T>(
  names: readonly string[],
  run: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "flagsmith-examples-"));
  try {
    const { packages } = await readPacked();
    for (const { name, folder } of packages) {
      const copy = name === "flagsmith-isomorphic" ? "sdk" : basename(name);
      await cp(folder, join(root, "packages", copy), { recursive: true });
    }
    for (const name of names) {
      await cp(join(examples, name), join(root, "examples", name), {
        recursive: true,
        filter: (path) => !generated.includes(basename(path)),
      });
    }
    for (const file of ["pnpm-workspace.yaml", "pnpm-lock.yaml"]) {
      await cp(join(tool, file), join(root, file));
    }
    await install(root);
    // Deno would convert it to a configuration of its own.
    await rm(join(root, "pnpm-workspace.yaml"));
    return await run(join(root, "examples"));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A new dependency of a package or an example is added to the copy's lockfile. */
async function install(root: string): Promise<void> {
  const [program, ...first] = findPnpm();
  const args = ["install", "--no-frozen-lockfile", "--prefer-offline", "--reporter=append-only"];
  await execute(program, [...first, ...args], { cwd: root }).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
}
