// Marks the exports that only have a type in the declaration files of the package in the working directory. The
// bundler of declarations exports every class as a value, also those that the sources export as a type.
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { listEntryFiles, listExportedValues } from "./entry-files.ts";

const { exports } = JSON.parse(await readFile("package.json", "utf8"));
const entryFiles = new Map(listEntryFiles(exports).map((entry) => [entry.types, entry]));
for (const { types, script, format } of entryFiles.values()) {
  const values = await listExportedValues(resolve(script), format);
  const declarations = await readFile(types, "utf8");
  const marked = declarations.replaceAll(
    /^export \{ (.*?) \}(.*)$/gm,
    (_, names: string, rest: string) => {
      const specifiers = names.split(", ").map((specifier) => {
        const name = specifier.split(" as ").at(-1) ?? specifier;
        return values.has(name) || specifier.startsWith("type ") ? specifier : `type ${specifier}`;
      });
      return `export { ${specifiers.join(", ")} }${rest}`;
    },
  );
  await writeFile(types, marked);
}
