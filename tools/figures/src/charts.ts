import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { drawDotChart } from "./dot-chart.ts";
import { drawLineChart } from "./line-chart.ts";
import { type Theme, themes } from "./svg.ts";
import { readNumber, readTable, type Table } from "./tables.ts";

/** Root of the repository. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** A file that is generated. */
export interface GeneratedFile {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
}

const charts: Readonly<Record<string, (theme: Theme) => string>> = {
  fleet: drawFleet,
  "one-flag": (theme) => drawBenchmark("one flag", theme),
  "all-flags": (theme) => drawBenchmark("all flags", theme),
  "soak-heap": drawSoak,
};

/** Draws all charts from the tables in `docs`, in both colour schemes. */
export function drawCharts(): GeneratedFile[] {
  return Object.entries(charts).flatMap(([name, draw]) =>
    themes.map((theme) => ({
      path: `docs/charts/${name}-${theme.name}.svg`,
      text: draw(theme),
    })),
  );
}

function drawFleet(theme: Theme): string {
  const table = readPage("fleets", "peak in the first minute");
  const columns = ["peak in the first minute", "peak after that", "mean after that"];
  const [nameColumn = ""] = Object.keys(table[0] ?? {});
  let before = "";
  const rows = table.map((row) => {
    // "… and" continues the row above.
    const name = toText(row[nameColumn]).replace(/^… /, `${before} `);
    before = name;
    const values = columns.map((column) => readNumber(row[column]));
    return { name: shorten(name), values, isEmphasized: false };
  });
  const title = "Loads of the document per second, 10,000 clients";
  return drawDotChart({ title, series: columns, rows, formatTick: formatRate }, theme);
}

function drawBenchmark(kind: "one flag" | "all flags", theme: Theme): string {
  const columns = ["S", "M", "L"].map((size) => `${kind} ${size}`);
  const rows = readPage("performance", columns[0] ?? "").map((row) => {
    const name = toText(row["client"]);
    const values = columns.map((column) => readNumber(row[column]));
    return { name, values, isEmphasized: name.startsWith("this SDK") };
  });
  const title = `CPU time to evaluate ${kind}, by size of the environment`;
  const series = ["S: 20 flags", "M: 200 flags", "L: 1,000 flags"];
  return drawDotChart({ title, series, rows, formatTick: formatMicroseconds }, theme);
}

function drawSoak(theme: Theme): string {
  const label = "heap after garbage collection in MB, median of each third";
  const row = readPage("soak-test", "workerd").find((candidate) => candidate[""] === label);
  const lines = ["Node.js 24", "workerd"].map((name) => ({
    name,
    values: (row?.[name] ?? "").split(", ").map(readNumber),
  }));
  const title = "Heap after garbage collection while a third of all requests fails";
  const positions = ["first 100 s", "next 100 s", "last 100 s"];
  return drawLineChart({ title, unit: "MB", positions, lines }, theme);
}

function readPage(page: string, headerCell: string): Table {
  return readTable(readFileSync(join(root, `docs/${page}.md`), "utf8"), headerCell);
}

function toText(markdown = ""): string {
  return markdown.replaceAll("`", "");
}

function shorten(name: string): string {
  return name
    .replace("a document of the last minute", "recent document")
    .replace("a document of five minutes", "old document")
    .replace(" and changes", ", changes");
}

function formatRate(value: number): string {
  return `${value.toLocaleString("en-US")}/s`;
}

function formatMicroseconds(value: number): string {
  return value < 1000 ? `${value} µs` : `${value / 1000} ms`;
}
