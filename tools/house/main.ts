// Prints how readable the code is: sizes, names and the path of a call in each mode.
//
//   npm run house              everything
//   npm run house -- --check   the same; exits with 1 if a target is missed
//   npm run house -- --trace   also each function on the paths
import { readFileSync } from "node:fs";
import { findNamesDeclaredTwice, findUnimportedExports } from "./names.ts";
import { tracePaths } from "./paths.ts";
import { countLines, measureSizes, sum } from "./sizes.ts";
import { findAll, isFunction, isNamedType, nameText, place, readSources } from "./sources.ts";

const maxFunctionLines = 40;

/** Files directly in core's `src`, except errors and version, and the connection. */
const wiring = /^packages\/core\/src\/((?!(errors|version)\.ts)[\w-]+|http\/connection)\.ts$/;

const sources = readSources();
const select = (pattern: RegExp) => sources.filter(({ fileName }) => pattern.test(fileName));
const core = select(/^packages\/core\/src\//);
const sizes = {
  core: measureSizes(core),
  "core without engine": measureSizes(select(/^packages\/core\/src\/(?!engine\/)/)),
  engine: measureSizes(select(/^packages\/core\/src\/engine\//)),
  "node + edge + deno": measureSizes(select(/^packages\/(node|edge|deno)\/src\//)),
  testing: measureSizes(select(/^packages\/testing\/src\//)),
  tools: measureSizes(select(/^tools\//)),
};

const table = Object.entries(sizes).map(([part, size]) => ({
  part,
  files: size.files,
  lines: size.lines,
  code: size.codeLines,
  "lines/file": size.linesPerFile.join(" · "),
  [`fns > ${maxFunctionLines}`]: longFunctions(size).length,
  longest: size.functions[0]?.lines,
  "any/1k": round(size.anyRate),
  "casts/1k": round(size.castRate),
  documented: `${Math.floor((size.documentedExports / size.exports) * 100)} % of ${size.exports}`,
  "comments/100": round((size.commentLines / size.codeLines) * 100),
  types: size.namedTypes,
  "types/1k": round(size.namedTypeRate),
}));
console.table(Object.fromEntries(table.map(({ part, ...row }) => [part, row])));
for (const part of ["core", "node + edge + deno", "testing", "tools"] as const) {
  const lines = longFunctions(sizes[part]).map((f) => `${f.lines} ${f.name} ${f.place}`);
  list(`functions over ${maxFunctionLines} lines, ${part}`, lines);
}

const declaredTwice = findNamesDeclaredTwice(core);
list("names declared twice, core", declaredTwice);
const unimported = findUnimportedExports(select(/^packages\//));
list("internal exports without an importer, packages", unimported);
const functions = findAll(core, isFunction).filter((node) => /[a-z](Of|By)$/.test(nameText(node)));
list("functions called …Of or …By, core", functions.map(nameAndPlace));
const types = findAll(core, isNamedType).filter((node) => nameText(node).endsWith("Context"));
list("types called …Context, core", types.map(nameAndPlace));
const wiringFiles = select(wiring);
list(
  "entry and wiring files, core",
  wiringFiles.map(({ fileName }) => fileName),
);

const paths = await tracePaths();
for (const { name, entries, files, helpers, switches, switchesWithoutHelpers } of paths) {
  const fileCount = `${files.length + helpers.length} files (${files.length} without helpers)`;
  const switchCount = `${switches} switches (${switchesWithoutHelpers} without helpers)`;
  console.log(`\npath, ${name}: ${entries.length} function entries, ${fileCount}, ${switchCount}`);
  console.log(`  ${files.join(" → ")}\n  helpers: ${helpers.join(", ") || "none"}`);
  const functions = entries.map(({ file, name }) => `${file} ${name}`);
  if (process.argv.includes("--trace")) list(`functions, ${name}`, functions);
}

console.log("\ntargets");
// Reading a flag (`isFeatureEnabled`) has no target: its path is the engine's, one file per concept.
for (const { name, files, switchesWithoutHelpers } of paths) {
  if (name === "isFeatureEnabled") continue;
  target(`files without helpers, ${name}`, files.length, name === "edge" ? 10 : 9);
  target(`switches without helpers, ${name}`, switchesWithoutHelpers, 20);
}
const { namedTypeRate } = sizes["core without engine"];
target("named types per 1,000 lines of code, core without engine", namedTypeRate, 30);
target("names declared twice, core", declaredTwice.length, 0);
target("internal exports without an importer, packages", unimported.length, 0);
const wiringLines = sum(wiringFiles.map((file) => countLines(file).all));
target("lines of entry and wiring files, core", wiringLines, 700);
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
target("lines of README.md", readme.trimEnd().split("\n").length, 140);

function target(name: string, value: number, max: number): void {
  const isMet = value <= max;
  console.log(`  ${isMet ? "ok  " : "MISS"} ${name}: ${round(value)}, at most ${max}`);
  if (!isMet && process.argv.includes("--check")) process.exitCode = 1;
}

function longFunctions({ functions }: ReturnType<typeof measureSizes>) {
  return functions.filter(({ lines }) => lines > maxFunctionLines);
}

function nameAndPlace(node: Parameters<typeof nameText>[0]): string {
  return `${nameText(node)} ${place(node)}`;
}

function list(title: string, lines: readonly string[]): void {
  console.log(`\n${title}: ${lines.length}`);
  for (const line of lines) console.log(`  ${line}`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
