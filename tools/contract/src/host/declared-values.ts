import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { listEntryFiles, listExportedValues } from "../../../bundling/entry-files.ts";
import { type ContractResult, runCases } from "../contract.ts";
import type { PackedPackage } from "./packed.ts";

/**
 * Checks that each entry exports exactly the values that its types declare, in both module formats and under each
 * condition. Otherwise a program compiles, but does not start.
 */
export function checkDeclaredValues(
  packages: readonly PackedPackage[],
  consumer: string,
): Promise<ContractResult[]> {
  return runCases([
    ...packages
      .filter(({ isProgram }) => !isProgram)
      .map(({ name, folder }) => ({
        name: `${name} exports the values that its types declare`,
        run: () => expectDeclaredValues(folder),
      })),
    {
      name: "a class that is declared but not exported is found",
      run: async () => {
        const folder = await writePackageWithMistake(consumer);
        const error: unknown = await expectDeclaredValues(folder).catch((thrown) => thrown);
        if (!String(error).includes("declared only: Flags")) throw new Error(`found: ${error}`);
      },
    },
  ]);
}

/** @throws Error that lists the differences */
async function expectDeclaredValues(folder: string): Promise<void> {
  const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const entries = listEntryFiles(exports);
  const program = ts.createProgram(
    entries.map(({ types }) => join(folder, types)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      noEmit: true,
      types: [],
    },
  );
  const differences: string[] = [];
  for (const { entry, format, condition, types, script } of entries) {
    const declared = listDeclaredValues(program, join(folder, types));
    const exported = await listExportedValues(join(folder, script), format);
    const missing = declared.filter((name) => !exported.has(name));
    const undeclared = [...exported].filter((name) => !declared.includes(name));
    const place = `${entry} (${format}, ${condition})`;
    if (missing.length > 0) differences.push(`${place}, declared only: ${missing.join(", ")}`);
    if (undeclared.length > 0) differences.push(`${place}, undeclared: ${undeclared.join(", ")}`);
  }
  if (entries.length === 0) throw new Error("no entry was found");
  if (differences.length > 0) throw new Error(differences.join("\n"));
}

function listDeclaredValues(program: ts.Program, path: string): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const module = file && checker.getSymbolAtLocation(file);
  if (file === undefined || module === undefined) throw new Error(`${path} is no module`);
  // The properties of a module's type are its values.
  const type = checker.getTypeOfSymbolAtLocation(module, file);
  return checker.getPropertiesOfType(type).map(({ name }) => name);
}

/** Creates a package whose types declare a class that its scripts do not export, behind a re-export. */
async function writePackageWithMistake(consumer: string): Promise<string> {
  const folder = join(consumer, "package-with-mistake");
  await mkdir(folder, { recursive: true });
  const exports = { ".": { types: "./index.d.ts", default: "./index.js" } };
  const files = {
    "package.json": JSON.stringify({ name: "package-with-mistake", type: "module", exports }),
    "index.js": "export class Flagsmith {}",
    "index.d.ts": 'export * from "./all.js";',
    "all.d.ts": `
      declare class Flagsmith {}
      declare class Flags {}
      declare class RequestScope {}
      export { Flagsmith, Flags, type RequestScope };`,
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}
