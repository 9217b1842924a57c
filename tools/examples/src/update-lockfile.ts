// Writes the versions of the examples' dependencies to pnpm-lock.yaml, after `npm run check`.
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { frameworkExamples, otherExamples, withCopiedExamples } from "./copy.ts";

await withCopiedExamples([...otherExamples, ...frameworkExamples], (folder) =>
  copyFile(join(folder, "../pnpm-lock.yaml"), resolve(import.meta.dirname, "../pnpm-lock.yaml")),
);
