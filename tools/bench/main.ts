// Measures this SDK and other clients on the same workloads, in one run. `--help` lists the options.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commandRuntimes } from "runtimes";
import { parseCommandLine, type SectionName, UsageError, usage } from "./src/command-line.ts";
import { describeRun, listResults, writeHeader, writeSection } from "./src/report.ts";
import { checkAgreement } from "./src/sections/agreement.ts";
import { measureColdStarts } from "./src/sections/cold-start.ts";
import { measureEvaluations } from "./src/sections/evaluation.ts";
import { measureImports } from "./src/sections/imports.ts";
import { measureHeaps, measurePauses, measureRefreshes } from "./src/sections/loading.ts";
import { measureOpenFeature } from "./src/sections/openfeature.ts";
import { measureRemote } from "./src/sections/remote.ts";
import type { Plan, Section } from "./src/sections/section.ts";
import { measureTypedReads } from "./src/sections/typed.ts";

const measurements: Readonly<Record<SectionName, (plan: Plan) => Promise<Section>>> = {
  evaluation: measureEvaluations,
  refresh: measureRefreshes,
  pause: measurePauses,
  heap: measureHeaps,
  import: measureImports,
  remote: measureRemote,
  cold: measureColdStarts,
  typed: measureTypedReads,
  openfeature: measureOpenFeature,
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const { plan, sections, isCheck, isHelp, jsonPath, node } = parseCommandLine(args);
  if (isHelp) return console.log(usage);
  if (node !== undefined && node !== getMajorVersion()) return runOn(node, args);
  const run = describeRun(args);
  console.log(writeHeader(run, plan));
  // The other sections do not evaluate the workloads.
  const isEvaluating = sections.some(
    (name) => !["import", "remote", "cold", "typed", "openfeature"].includes(name),
  );
  if (isCheck || isEvaluating) await checkAgreement(plan);
  const results = [];
  for (const name of isCheck ? [] : sections) {
    const section = await measurements[name](plan);
    console.log(writeSection(section));
    results.push(...listResults(name, section));
  }
  if (jsonPath !== undefined) writeFileSync(jsonPath, JSON.stringify({ ...run, results }, null, 2));
  console.log(`\nTook ${Math.round(performance.now() / 1000)} s.`);
}

function getMajorVersion(): string | undefined {
  return process.versions.node.split(".")[0];
}

/** Runs the same command on another Node.js. Not every version runs TypeScript itself, so tsx translates this tool. */
function runOn(version: string, args: readonly string[]): void {
  const { program } = commandRuntimes.find(({ id }) => id === `node${version}`) ?? {};
  if (program === undefined) throw new Error(`Node.js ${version} is missing.`);
  const tool = fileURLToPath(import.meta.url);
  const command = ["--import", import.meta.resolve("tsx"), tool, ...args];
  process.exitCode = spawnSync(program, command, { stdio: "inherit" }).status ?? 1;
}
