import type { Selection } from "./command-line.ts";
import type { Part } from "./part.ts";
import { type PartProcessOptions, runPartProcess } from "./part-process.ts";
import { addUp, type PartReport } from "./results.ts";

/** Settings of {@link runParts}. */
export interface RunOptions extends Pick<PartProcessOptions, "silenceLimitMs"> {
  /** Prints text; it need not end with a line break. */
  readonly print: (text: string) => void;
  /** Stops all parts. */
  readonly signal: AbortSignal;
}

/**
 * Runs the parts, and before them `packing` if one of them needs the packages. Parts that mostly wait run at once.
 * Beside them run the others in two groups, with and without the packages, each part of a group in turn.
 * Output of a part is printed as a whole, but immediately if there is only one. Never rejects.
 */
export async function runParts(
  selected: readonly Part[],
  packing: Part,
  selection: Pick<Selection, "runtimes" | "caseTexts">,
  { print, ...options }: RunOptions,
): Promise<PartReport[]> {
  const onPackages = selected.filter(({ needsPackages }) => needsPackages);
  const others = selected.filter(({ needsPackages }) => !needsPackages);
  const isConcurrent = selected.length > 1;
  const reports = new Map<string, PartReport>();

  const run = async (part: Part): Promise<PartReport> => {
    const output: string[] = [];
    print(`▶ ${part.name}\n`);
    const report = await runPartProcess(part, selection, {
      ...options,
      onOutput: isConcurrent ? (chunk) => output.push(chunk) : print,
      onProgress: (line) => print(`${line}\n`),
    });
    const { passed, failed } = addUp(report.groups);
    print(formatBlock(output.join("")));
    print(`■ ${part.name}: ${passed} passed, ${failed} failed, ${report.seconds.toFixed(1)} s\n`);
    reports.set(part.name, report);
    return report;
  };
  const runInTurn = async (inTurn: readonly Part[]) => {
    for (const part of inTurn) {
      if (options.signal.aborted) return;
      await run(part);
    }
  };
  const runOnPackages = async () => {
    if (onPackages.length === 0) return;
    const { groups } = await run(packing);
    if (addUp(groups).failed === 0) {
      await Promise.all([
        ...onPackages.filter(({ mostlyWaits }) => mostlyWaits).map(run),
        runInTurn(onPackages.filter(({ mostlyWaits }) => !mostlyWaits)),
      ]);
      return;
    }
    for (const { name: part } of onPackages) {
      const skips = [{ name: "all", reason: "packing failed" }];
      reports.set(part, {
        part,
        groups: [{ name: "", passed: 0, failures: [], skips }],
        seconds: 0,
      });
    }
  };
  await Promise.all([runInTurn(others), runOnPackages()]);
  return [packing, ...selected].flatMap(({ name }) => reports.get(name) ?? []);
}

function formatBlock(output: string): string {
  return output === "" || output.endsWith("\n") ? output : `${output}\n`;
}
