import type { RuntimeResults } from "./run.ts";

/** Formats a line for each case and a column for each runtime: `✓` passed, `✗` failed, `–` skipped, `·` not a case there. */
export function formatMatrix(all: readonly RuntimeResults[]): string {
  const names = [...new Set(all.flatMap(({ results }) => results.map(({ name }) => name)))];
  const columns = all.map(({ results }) => {
    // Several processes may report the same name: it passed if it passed in all of them.
    const marks = new Map<string, string>();
    for (const { name, failure, skipped } of results) {
      const mark = skipped === undefined ? "✓" : "–";
      marks.set(name, failure === undefined && marks.get(name) !== "✗" ? mark : "✗");
    }
    return marks;
  });
  const legend = all.map(({ runtime }, index) => `${"│ ".repeat(index)}┌ ${runtime}`);
  const rows = names.map((name) => {
    const marks = columns.map((column) => column.get(name) ?? "·");
    return `${marks.join(" ")}  ${name}`;
  });
  return [...legend, ...rows].join("\n");
}
