import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The files of an entry under one set of export conditions. */
export interface EntryFiles {
  /** Path of the entry in `exports`, such as `./remote`. */
  readonly entry: string;
  readonly format: "import" | "require";
  /** Condition of a runtime, such as `workerd`, or `default`. */
  readonly condition: string;
  /** Path of the declaration file, relative to the package. */
  readonly types: string;
  /** Path of the script, relative to the package. */
  readonly script: string;
}

/** Part of the `exports` of a package.json. */
export type ExportTarget = string | { readonly [condition: string]: ExportTarget };

const formats = ["import", "require"] as const;

/** Lists the files of each entry, in both module formats and under each condition that `exports` contains. */
export function listEntryFiles(exports: Readonly<Record<string, ExportTarget>>): EntryFiles[] {
  const notRuntimes: readonly string[] = [...formats, "types", "default"];
  const runtimes = listConditions(exports).filter((condition) => !notRuntimes.includes(condition));
  const conditions = new Set([...runtimes, "default"]);
  return Object.entries(exports).flatMap(([entry, target]) =>
    formats.flatMap((format) =>
      [...conditions].flatMap((condition): EntryFiles[] => {
        const script = findFile(target, [format, condition]);
        const types = findFile(target, ["types", format, condition]);
        if (script === undefined || types === undefined || script === types) return [];
        return [{ entry, format, condition, types, script }];
      }),
    ),
  );
}

/** Lists the names of the values that a script exports. */
export async function listExportedValues(
  path: string,
  format: EntryFiles["format"],
): Promise<ReadonlySet<string>> {
  const module: object =
    format === "import" ? await import(pathToFileURL(path).href) : createRequire(path)(path);
  return new Set(Object.keys(module));
}

function listConditions(target: ExportTarget): string[] {
  if (typeof target === "string") return [];
  return Object.entries(target).flatMap(([key, inner]) => [
    ...(key.startsWith(".") ? [] : [key]),
    ...listConditions(inner),
  ]);
}

/** The first target whose conditions all apply, as a runtime chooses it. */
function findFile(target: ExportTarget, conditions: readonly string[]): string | undefined {
  if (typeof target === "string") return target;
  for (const [condition, inner] of Object.entries(target)) {
    if (condition !== "default" && !conditions.includes(condition)) continue;
    const file = findFile(inner, conditions);
    if (file !== undefined) return file;
  }
  return undefined;
}
