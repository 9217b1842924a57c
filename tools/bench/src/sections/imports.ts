import type { Plan } from "../command-line.ts";
import { entrants, OURS } from "../contenders/list.ts";
import { measureImports } from "../measure/import-time.ts";
import { writeTable } from "../table.ts";

/** What importing a package costs a process. */
export function writeImports({ contenders, isQuick }: Plan): string {
  const packages = entrants.flatMap(({ name, packageName }) =>
    contenders.includes(name) && packageName !== undefined ? [packageName] : [],
  );
  const { emptyMs, results } = measureImports([...new Set([...packages, OURS])], isQuick ? 3 : 15);
  const rows = Array.from(results, ([name, { importMs, overEmptyMs }]) => [
    name,
    importMs,
    overEmptyMs,
  ]);
  const table = writeTable(["package", "import ms", "process ms over empty"], rows);
  return `${table}\n\nAn empty process: ${emptyMs.toFixed(1)} ms.`;
}
