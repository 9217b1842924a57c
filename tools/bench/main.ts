// Measures this SDK and its rivals on the same workloads, in one run. `--help` lists the options.
import { writeFileSync } from "node:fs";
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
  const { plan, sections, isCheck, isHelp, jsonPath } = parseCommandLine(args);
  if (isHelp) return console.log(usage);
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
