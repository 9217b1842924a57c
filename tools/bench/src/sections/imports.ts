import { execFileSync } from "node:child_process";
import { listContenders } from "../contenders/list.ts";
import type { Plan, Section } from "./section.ts";

/** Measures the time that a new process needs to import each client, in turns. */
export async function measureImports({ contenders, isQuick }: Plan): Promise<Section> {
  const modules = listContenders().flatMap(({ name, module }) =>
    module !== undefined && contenders.includes(name) ? [{ name, module }] : [],
  );
  const importMs = new Map<string, number[]>(modules.map(({ name }) => [name, []]));
  for (let round = 0; round < (isQuick ? 3 : 15); round++) {
    for (const { name, module } of modules) importMs.get(name)?.push(measureImportMs(module));
  }
  const values: Record<string, number> = {};
  for (const [name, times] of importMs) {
    values[name] = times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  }
  return {
    title: "Import",
    explanation: "Milliseconds that `import()` takes in a new process, median.",
    columns: [{ title: "ms", values }],
  };
}

function measureImportMs(module: string): number {
  const script = `
    const start = performance.now();
    await import(${JSON.stringify(module)});
    process.stdout.write(String(performance.now() - start), () => process.exit(0));`;
  const args = ["--input-type=module", "-e", script];
  // The packages are resolved from the working directory.
  const cwd = new URL("../..", import.meta.url);
  return Number(execFileSync(process.execPath, args, { cwd, encoding: "utf8" }));
}
