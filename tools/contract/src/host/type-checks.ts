import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";

const compiler = resolve(import.meta.dirname, "../../../../node_modules/.bin/tsc");

/** Every entry with types for everyone; `testing/node` is for those who have Node.js's. */
const entries: readonly string[] = [
  "core",
  "core/adapter",
  "core/adapter/local",
  "core/engine",
  "core/local",
  "core/streaming",
  "deno",
  "edge",
  "edge/remote",
  "node",
  "testing",
];

/** Whether the types compile in a plain project that checks its libraries too. */
export async function checkTypes(consumer: string): Promise<ContractResult[]> {
  const imports = entries.map(
    (entry, index) => `export type * as entry${index} from "@flagsmith-isomorphic/${entry}";`,
  );
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
  };
  // In a folder of its own: other runtimes heed a tsconfig.json beside their scripts.
  const folder = join(consumer, "types");
  await mkdir(folder);
  await writeFile(join(folder, "entries.mts"), imports.join("\n"));
  const project = join(folder, "tsconfig.json");
  await writeFile(project, JSON.stringify({ compilerOptions, files: ["entries.mts"] }));
  const name = "the types of every entry compile with the usual library files";
  return new Promise((done) => {
    execFile(compiler, ["-p", project], (error, stdout) => {
      done([error === null ? { name } : { name, failure: `${error.message}\n${stdout}` }]);
    });
  });
}
