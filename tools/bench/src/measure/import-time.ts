import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "./statistics.ts";

export interface ImportResult {
  /** As the process itself measures it. */
  readonly importMs: number;
  /** What the whole process takes longer than one that imports nothing. */
  readonly overEmptyMs: number;
}

interface Sample {
  readonly importMs: number;
  readonly processMs: number;
}

const folder = fileURLToPath(new URL("../../", import.meta.url));

/** Imports each package in fresh processes, all of them in turns; also says what an empty process takes. */
export function measureImports(
  packages: readonly string[],
  rounds: number,
): { readonly emptyMs: number; readonly results: ReadonlyMap<string, ImportResult> } {
  const empty: number[] = [];
  const samples = new Map<string, Sample[]>(packages.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    empty.push(sample("").processMs);
    for (const [name, taken] of samples) taken.push(sample(name));
  }
  const emptyMs = median(empty);
  const results = new Map<string, ImportResult>();
  for (const [name, taken] of samples) {
    const importMs = median(taken.map((sample) => sample.importMs));
    const overEmptyMs = median(taken.map(({ processMs }, i) => processMs - (empty[i] ?? emptyMs)));
    results.set(name, { importMs, overEmptyMs });
  }
  return { emptyMs, results };
}

function sample(packageName: string): Sample {
  const load = packageName === "" ? "" : `await import(${JSON.stringify(packageName)});`;
  const script = `const start = performance.now(); ${load} process.stdout.write(String(performance.now() - start), () => process.exit(0));`;
  const start = performance.now();
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    encoding: "utf8",
  });
  return { importMs: Number(output), processMs: performance.now() - start };
}
