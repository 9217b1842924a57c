import { checkAgreement } from "./check-agreement.ts";
import { type Metric, type Plan, parsePlan } from "./command-line.ts";
import { writeHeader } from "./header.ts";
import { writeEvaluation } from "./sections/evaluation.ts";
import { writeImports } from "./sections/imports.ts";
import { writeHeap, writeRefresh } from "./sections/loading.ts";
import { writeRemote } from "./sections/remote.ts";
import { COUNTS } from "./workload/create-workload.ts";

const REFRESH = `From the text of a configuration, each client's own, to ready. The clients of Flagsmith read theirs as the body of a
response, the others as text. CPU is the average here: a refresh includes its garbage collection.`;

/**
 * Measures the clients on the same workloads and prints Markdown.
 *
 * @throws Error for a wrong option, and where clients disagree.
 */
export async function run(args: readonly string[]): Promise<void> {
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
      section(title("Refresh"), REFRESH);
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
