// Prints how readable the code is: sizes, names and the path of one call in each mode.
//
//   npm run house              everything
//   npm run house -- --check   the same; exits with 1 if a target is missed
//   npm run house -- --trace   also each function on the paths
import { contextTypes, declaredTwice, nounFunctions, unimportedExports } from "./names.ts";
import { tracePaths } from "./paths.ts";
import { measureSizes, type Sizes } from "./sizes.ts";
import { readParts } from "./sources.ts";
import { compareWithTargets, wiringFiles } from "./targets.ts";

const parts = readParts();
const core = parts.get("core") ?? [];
const sizes = new Map([...parts].map(([part, sources]) => [part, measureSizes(sources)]));
const coreWithoutEngine = sizes.get("core without engine") ?? measureSizes([]);

console.table(Object.fromEntries([...sizes].map(([part, measured]) => [part, tableRow(measured)])));

for (const [part, { longFunctions }] of sizes) {
  if (part === "core without engine" || part === "engine") continue;
  const lines = longFunctions.map(({ name, place, lines }) => `${lines} ${name} ${place}`);
  list(`functions over 40 lines, ${part}`, lines);
}
const twice = declaredTwice(core);
list(
  "names declared twice, core",
  [...twice].map(([name, at]) => `${name}: ${at.map(({ place }) => place).join(", ")}`),
);
const packages = [core, parts.get("node + edge + deno"), parts.get("testing")];
const unimported = unimportedExports(packages.flatMap((sources) => sources ?? []));
list(
  "internal exports without an importer, packages",
  unimported.map(({ name, place }) => `${name} ${place}`),
);
list("functions called …Of or …By, core", nounFunctions(core));
list("types called …Context, core", contextTypes(core));
list(
  "entry and wiring files, core",
  wiringFiles(core).map(({ path }) => path),
);

const paths = await tracePaths();
for (const [name, { entries, files, helpers, switches, functions }] of paths) {
  console.log(
    `\npath ${name}: ${entries} function entries, ${files.length + helpers.length} files (${files.length} without helpers), ${switches} switches`,
  );
  console.log(`  ${files.join(" → ")}`);
  console.log(`  helpers: ${helpers.join(", ") || "none"}`);
  if (process.argv.includes("--trace")) list("functions", functions);
}

const targets = compareWithTargets({
  core,
  coreWithoutEngine,
  paths,
  declaredTwice: twice.size,
  unimported: unimported.length,
});
console.log("\ntargets");
for (const { name, value, max } of targets) {
  const isMet = value <= max;
  console.log(`  ${isMet ? "ok  " : "MISS"} ${name}: ${round(value)}, at most ${max}`);
  if (!isMet && process.argv.includes("--check")) process.exitCode = 1;
}

function tableRow(measured: Sizes) {
  return {
    files: measured.files,
    lines: measured.lines,
    code: measured.codeLines,
    "lines/file": measured.linesPerFile.join(" · "),
    "fns > 40": `${measured.longFunctions.length} of ${measured.functions}`,
    longest: measured.longestFunction?.lines,
    "any/1k": round(measured.anyPer1000),
    "casts/1k": round(measured.castsPer1000),
    documented: `${Math.floor(measured.documentedPercent)} % of ${measured.exports}`,
    "comments/100": round(measured.commentsPer100),
    types: measured.namedTypes,
    "types/1k": round(measured.namedTypesPer1000),
  };
}

function list(title: string, lines: readonly string[]): void {
  console.log(`\n${title}: ${lines.length}`);
  for (const line of lines) console.log(`  ${line}`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
