export type Cell = string | number;

/** Writes a table in Markdown; every column but the first is aligned to the right. */
export function writeTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = rows.map((row) => writeRow(row.map(writeCell)));
  const rule = columns.map((_, i) => (i === 0 ? "---" : "---:"));
  return [writeRow(columns), writeRow(rule), ...lines].join("\n");
}

function writeRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function writeCell(cell: Cell): string {
  return typeof cell === "string" ? cell : writeNumber(cell);
}

/** Three digits that count; all of a whole number above that. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 6 });
}
