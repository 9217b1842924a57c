import type { RuntimeResults } from "./run.ts";

/** Every case by every runtime: `✓` held, `✗` did not, `–` was skipped, `·` is no case of that runtime. */
export function matrixOf(all: readonly RuntimeResults[]): string {
  const names = [...new Set(all.flatMap(({ results }) => results.map(({ name }) => name)))];
  const columns = all.map(({ results }) => {
    // A name may stand for several processes: it held if it held in all of them.
    const marks = new Map<string, string>();
    for (const { name, failure, skipped } of results) {
      const held = skipped === undefined ? "✓" : "–";
      marks.set(name, failure === undefined && marks.get(name) !== "✗" ? held : "✗");
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
