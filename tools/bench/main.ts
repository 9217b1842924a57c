// Measures this SDK and its rivals on the same workloads, in one run, and prints Markdown. See USAGE for the options.
import { checkAgreement } from "./src/check-agreement.ts";
import { type Metric, type Plan, parsePlan, USAGE } from "./src/command-line.ts";
import { writeHeader } from "./src/header.ts";
import { writeEvaluation } from "./src/sections/evaluation.ts";
import { writeImports } from "./src/sections/imports.ts";
import { writeHeap, writeRefresh } from "./src/sections/loading.ts";
import { writeRemote } from "./src/sections/remote.ts";
import { COUNTS } from "./src/workload/create-workload.ts";

const args = process.argv.slice(2);

async function main(): Promise<void> {
  const plan = parsePlan(args);
  const start = performance.now();
  console.log(writeHeader(plan, args));
  if (plan.isCheck || isLocal(plan)) {
    section("Agreement", "Answers that were compared with the official client's, by size:");
    await checkAgreement(plan.sizes, plan.contenders);
  }
  if (!plan.isCheck) await measure(plan);
  console.log(`\nTook ${((performance.now() - start) / 1000).toFixed(0)} s.`);
}

function isLocal({ metrics }: Plan): boolean {
  return metrics.some((metric) => metric !== "import" && metric !== "remote");
}

async function measure(plan: Plan): Promise<void> {
  const asks = (metric: Metric) => plan.metrics.includes(metric);
  for (const size of plan.sizes) {
    const { flags, segments, identityOverrides } = COUNTS[size];
    const counts = `${flags} flags, ${segments} segments, ${identityOverrides} identity overrides`;
    const title = (what: string) => `${what}: ${size} (${counts})`;
    if (asks("one")) {
      section(title("One flag, local"), "Another identity and another flag in each call.");
      console.log(await writeEvaluation(plan, size, "one"));
    }
    if (asks("all")) {
      section(title("All flags, local"), "Another identity in each call.");
      console.log(await writeEvaluation(plan, size, "all"));
    }
    if (asks("refresh")) {
      section(title("Refresh"), "From the text of a configuration, each client's own, to ready.");
      console.log(await writeRefresh(plan, size));
    }
  }
  if (asks("heap")) {
    section("Heap", "What a client has added to the heap once it is loaded, in a fresh process.");
    console.log(await writeHeap(plan, plan.sizes));
  }
  if (asks("import")) {
    section("Import", "A fresh process per sample, median.");
    console.log(writeImports(plan));
  }
  if (asks("remote")) {
    section("Remote, 50 flags", "CPU of the client's process; the API is a stub in another one.");
    console.log(await writeRemote(plan));
  }
}

function section(title: string, explanation: string): void {
  console.log(`\n## ${title}\n\n${explanation}\n`);
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof Error && (message.startsWith("--") || "code" in error);
  console.error(`\n${message}${isUsage ? `\n\n${USAGE}` : ""}`);
  process.exitCode = 1;
}
