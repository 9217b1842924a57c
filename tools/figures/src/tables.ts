/** A Markdown table: its rows by the names of their columns. */
export type Table = readonly Readonly<Record<string, string>>[];

/**
 * Reads the table of a Markdown text whose header contains a cell.
 *
 * @throws Error if there is none
 */
export function readTable(markdown: string, headerCell: string): Table {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => readCells(line).includes(headerCell));
  if (start === -1) throw new Error(`No table has the column "${headerCell}".`);
  const header = readCells(lines[start] ?? "");
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  const end = length === -1 ? lines.length : start + length;
  return lines.slice(start + 2, end).map((line) => {
    const cells = readCells(line);
    return Object.fromEntries(header.map((name, column) => [name, cells[column] ?? ""]));
  });
}

/** Reads the first number of a cell, such as `1,194/s` or `0.39 (1,938×)`. */
export function readNumber(cell: string | undefined): number {
  const [digits] = /[\d,]*\.?\d+/.exec(cell ?? "") ?? [];
  if (digits === undefined) throw new Error(`"${cell}" has no number.`);
  return Number(digits.replaceAll(",", ""));
}

function readCells(line: string): string[] {
  if (!line.startsWith("|")) return [];
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
