import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type DocumentedDifference, differences } from "./differences.ts";

const path = resolve(import.meta.dirname, "../../../docs/migration.md");

/** The tables of the page, by the heading above each. */
const tables: Readonly<Record<string, () => readonly (readonly string[])[]>> = {
  "What changes without an error": () => listDifferences(true),
  "What throws or does not compile": () => listDifferences(false),
  "What to search for": listSearches,
};

/** Writes the tables of the documentation. */
export function writeDocumentation(): void {
  writeFileSync(path, updateTables(readFileSync(path, "utf8")));
}

/** Checks that the tables of the documentation are those of the list. @throws Error */
export function checkDocumentation(): void {
  const page = readFileSync(path, "utf8");
  if (updateTables(page) === page) return;
  throw new Error(
    "The tables are not those of tools/compatibility/src/differences.ts: run node tools/compatibility/main.ts --write",
  );
}

function updateTables(page: string): string {
  return Object.entries(tables).reduce(
    (text, [heading, list]) => replaceTable(text, heading, formatTable(list())),
    page,
  );
}

function listDifferences(isSilent: boolean): readonly (readonly string[])[] {
  const all: readonly DocumentedDifference[] = differences;
  const rows = all
    .filter((difference) => difference.isSilent === isSilent)
    .map(({ official, here, reason }) => [official, here, reason]);
  return [["Flagsmith's Node.js client", "here", "reason"], ...rows];
}

/** Lists each text once, with everything that it may concern. */
function listSearches(): readonly (readonly string[])[] {
  const bySearch = new Map<string, string[]>();
  for (const { search, official } of differences as readonly DocumentedDifference[]) {
    if (search !== undefined) bySearch.set(search, [...(bySearch.get(search) ?? []), official]);
  }
  const rows = Array.from(bySearch, ([search, all]) => [search, all.join("; ")]);
  return [["search for", "what it may rely on"], ...rows.sort()];
}

function formatTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_cell, column) =>
    Math.max(...all.map((row) => [...(row[column] ?? "")].length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - [...cell].length)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...rows].map(line).join("\n");
}

/** Replaces the first table below a heading. */
function replaceTable(page: string, heading: string, table: string): string {
  const [before = "", after] = page.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`docs/migration.md has no heading "${heading}".`);
  return `${before}\n## ${heading}\n${after.replace(/^\|.*\|$(?:\n^\|.*\|$)*/m, () => table)}`;
}
