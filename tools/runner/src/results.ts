/** Counted results of one group of tests. */
export interface ResultGroup {
  /** Name within the part, for example a runtime; empty if the part has only one group. */
  readonly name: string;
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly failure: string }[];
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
  /** Failures that were printed and counted by another tool, and are not in `failures`. */
  readonly otherFailures?: number;
  /** Skipped tests that were counted by another tool, and are not in `skips`. */
  readonly otherSkips?: number;
  readonly seconds?: number;
}

/** Everything that a part reported, and how long it took. */
export interface PartReport {
  readonly part: string;
  readonly groups: readonly ResultGroup[];
  readonly seconds: number;
}

/** Numbers of results. */
interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Result of one test, as the contract and the checks report it. */
interface TestResult {
  readonly name: string;
  readonly failure?: string;
  readonly skipped?: string;
}

/** Counts the results of a group. */
export function groupResults(
  name: string,
  results: readonly TestResult[],
  seconds?: number,
): ResultGroup {
  const failures = results.flatMap(({ name: test, failure }) =>
    failure === undefined ? [] : [{ name: test, failure }],
  );
  const skips = results.flatMap(({ name: test, failure, skipped }) =>
    failure !== undefined || skipped === undefined ? [] : [{ name: test, reason: skipped }],
  );
  const passed = results.length - failures.length - skips.length;
  return { name, passed, failures, skips, ...(seconds !== undefined && { seconds }) };
}

/** Adds up the results of groups. */
export function addUp(groups: readonly ResultGroup[]): Totals {
  const sum = (count: (group: ResultGroup) => number) =>
    groups.reduce((total, group) => total + count(group), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failures, otherFailures = 0 }) => failures.length + otherFailures),
    skipped: sum(({ skips, otherSkips = 0 }) => skips.length + otherSkips),
  };
}

/** Formats every failure with its part, and every reason for skipped tests. */
export function formatDetails(reports: readonly PartReport[]): string[] {
  return reports.flatMap(({ part, groups }) =>
    groups.flatMap(({ name, failures, skips }) => {
      const title = name === "" ? part : `${part}, ${name}`;
      return [
        ...failures.map((failed) => `FAILED ${title}: ${failed.name}\n${failed.failure}\n`),
        ...skips.map((skip) => `skipped ${title}: ${skip.name}: ${skip.reason}`),
      ];
    }),
  );
}

/** Formats the table of parts; a part with several groups has a line for each. */
export function formatTable(reports: readonly PartReport[]): string[] {
  const rows = reports.flatMap(({ part, groups, seconds }) => {
    const lines = groups.length > 1 ? [...groups].sort((a, b) => (a.name < b.name ? -1 : 1)) : [];
    return [
      toRow(part, addUp(groups), seconds),
      ...lines.map((group) => toRow(`  ${group.name}`, addUp([group]), group.seconds)),
    ];
  });
  const all = [["part", "passed", "failed", "skipped", "seconds"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

/** Formats the last line of a run. */
export function formatTotal({ passed, failed }: Totals): string {
  return `${passed} passed, ${failed} failed`;
}

function toRow(name: string, { passed, failed, skipped }: Totals, seconds?: number): string[] {
  const time = seconds === undefined ? "" : seconds.toFixed(1);
  return [name, String(passed), String(failed), String(skipped), time];
}
