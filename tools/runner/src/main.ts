import { type KnownNames, parseCommandLine, type Selection, UsageError } from "./command-line.ts";
import { formatHelp } from "./help.ts";
import type { Part } from "./part.ts";
import { addUp, formatDetails, formatTable, formatTotal, type PartReport } from "./results.ts";
import { type RunOptions, runParts } from "./run-parts.ts";

/** Parts and runtimes that `npm test` knows. */
interface TestSetup extends Pick<RunOptions, "silenceLimitMs"> {
  readonly parts: readonly Part[];
  readonly packing: Part;
  readonly runtimes: readonly string[];
}

/**
 * Runs `npm test` with these arguments. The last line of the output is the total, whatever happens: errors of
 * this process count as one failure. Sets the exit code.
 */
export async function main(args: readonly string[], setup: TestSetup): Promise<void> {
  const { parts, packing, runtimes, ...limits } = setup;
  const known: KnownNames = { parts: parts.map(({ name }) => name), runtimes };
  let selection: Selection | "help";
  try {
    selection = parseCommandLine(args, known);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  if (selection === "help") {
    console.log(formatHelp(parts, runtimes));
    return;
  }
  const { parts: names, ...filters } = selection;
  const interruption = new AbortController();
  const errors: string[] = [];
  let isPrinted = false;
  const onError = (error: unknown) => {
    errors.push(error instanceof Error ? (error.stack ?? String(error)) : String(error));
    interruption.abort();
  };
  const onExit = () => {
    if (!isPrinted) printSummary([createRunReport([...errors, "the run ended too early"])]);
  };
  const onSignal = (signal: string) => {
    console.error(`${signal}: stopping the parts that are running`);
    errors.push(`stopped by ${signal}`);
    interruption.abort();
  };
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("exit", onExit);
  let reports: readonly PartReport[] = [];
  try {
    const selected = parts.filter(({ name }) => names.includes(name));
    reports = await runParts(selected, packing, filters, {
      ...limits,
      print: (text) => process.stdout.write(text),
      signal: interruption.signal,
    });
  } catch (error) {
    onError(error);
  }
  isPrinted = true;
  printSummary(errors.length === 0 ? reports : [...reports, createRunReport(errors)]);
}

function createRunReport(errors: readonly string[]): PartReport {
  const failures = [{ name: "runs to its end", failure: errors.join("\n") }];
  return { part: "the run", groups: [{ name: "", passed: 0, failures, skips: [] }], seconds: 0 };
}

function printSummary(reports: readonly PartReport[]): void {
  const totals = addUp(reports.flatMap(({ groups }) => groups));
  const details = formatDetails(reports);
  const lines = [...(details.length > 0 ? ["", ...details] : []), "", ...formatTable(reports)];
  process.exitCode = totals.failed > 0 ? 1 : 0;
  console.log([...lines, "", formatTotal(totals)].join("\n"));
}
