import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInChild } from "../child.ts";
import { baselineName, findBaseline, officialName } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import { writeEnvironmentDocument } from "../workload/environment-document.ts";
import type { WorkloadName } from "../workload/workload.ts";
import type { Column, Plan, Section } from "./section.ts";

const environmentKey = "ser.bench";

interface ColdStartTask {
  readonly module: string;
  /** A stored record for this SDK, a response of the API for the official client. */
  readonly path: string;
  readonly isRecord: boolean;
  readonly identity: Parameters<ColdClient["getIdentityFlags"]>;
  readonly featureName: string;
}

interface ColdClient {
  getIdentityFlags(
    identifier: string,
    traits: object,
  ): Promise<{ isFeatureEnabled(featureName: string): boolean }>;
}

/** The package for isolates, or the official client. */
interface ColdModule {
  readonly Flagsmith: new (options: {
    environmentKey: string;
    enableLocalEvaluation: true;
    storage?: { getItem(key: string): Promise<string> };
    fetch: () => Promise<Response>;
  }) => ColdClient;
}

/** Measures the first answer of a new isolate: this SDK reads a stored record, the official client asks the API. */
export async function measureColdStarts({
  workloads,
  contenders,
  isQuick,
}: Plan): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const columns: Column[] = [];
    for (const workload of workloads) {
      const tasks = await createTasks(workload, { contenders, folder });
      const samples = tasks.map(() => ({ startMs: [] as number[], answerMs: [] as number[] }));
      for (let round = 0; round < (isQuick ? 1 : 9); round++) {
        for (const [index, { task }] of tasks.entries()) {
          const { startMs, answerMs } = await runInChild(import.meta.url, measureColdStart, task);
          samples[index]?.startMs.push(startMs);
          samples[index]?.answerMs.push(answerMs);
        }
      }
      const list = (read: (sample: (typeof samples)[number]) => number[]) =>
        Object.fromEntries(
          samples.map((sample, index) => [tasks[index]?.name ?? "", takeMedian(read(sample))]),
        );
      // The import does not depend on the workload.
      if (columns.length === 0)
        columns.push({ title: "import", values: list(({ startMs }) => startMs) });
      columns.push({ title: workload, values: list(({ answerMs }) => answerMs) });
    }
    return {
      title: "Cold isolate",
      explanation: `CPU ms of a new process, median: the import, and from the constructor to the first flag of an identity. This SDK is
the package for isolates with a stored record. The official client, which has no storage, gets the response at once.`,
      columns,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function createTasks(
  name: WorkloadName,
  { contenders, folder }: Pick<Plan, "contenders"> & { readonly folder: string },
) {
  const workload = createWorkload(name);
  const document = writeEnvironmentDocument(workload);
  const [{ identifier, traits } = { identifier: "", traits: {} }] = workload.identities;
  const featureName = workload.flags.find(({ kind }) => kind === "toggle")?.name ?? "";
  const documentPath = join(folder, `${name}.json`);
  writeFileSync(documentPath, document);
  const tasks: { readonly name: string; readonly task: ColdStartTask }[] = [];
  const add = (contender: string, from: Pick<ColdStartTask, "module" | "path" | "isRecord">) =>
    tasks.push({ name: contender, task: { ...from, identity: [identifier, traits], featureName } });
  const ours: [name: string, module: string][] = [
    ["ours", new URL("../../../../packages/edge/dist/index.js", import.meta.url).href],
  ];
  const baseline = findBaseline();
  if (baseline !== undefined) {
    ours.push([baselineName, baseline.replace("/packages/node/", "/packages/edge/")]);
  }
  for (const [contender, module] of ours) {
    if (!contenders.includes(contender)) continue;
    const { toStorageRecord } = await import(module);
    const { value } = await toStorageRecord(JSON.parse(document), { environmentKey });
    const path = join(folder, `${name}-${contender}.json`);
    writeFileSync(path, value);
    add(contender, { module, path, isRecord: true });
  }
  if (contenders.includes(officialName)) {
    const module = import.meta.resolve(officialName);
    add(officialName, { module, path: documentPath, isRecord: false });
  }
  return tasks;
}

/** Runs in a child process. */
export async function measureColdStart({
  module,
  path,
  isRecord,
  identity,
  featureName,
}: ColdStartTask): Promise<{ readonly startMs: number; readonly answerMs: number }> {
  const text = await readFile(path, "utf8");
  // Node.js loads the code of these on first use. In an isolate they are native.
  await new Response("{}").json();
  await crypto.subtle.digest("SHA-256", new Uint8Array());
  const beforeMs = readCpuMs();
  const { Flagsmith }: ColdModule = await import(module);
  const importedMs = readCpuMs();
  const flagsmith = new Flagsmith({
    environmentKey,
    enableLocalEvaluation: true,
    fetch: async () => new Response(text),
    ...(isRecord && { storage: { getItem: async () => text } }),
  });
  const flags = await flagsmith.getIdentityFlags(...identity);
  flags.isFeatureEnabled(featureName);
  return { startMs: importedMs - beforeMs, answerMs: readCpuMs() - importedMs };
}

function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function takeMedian(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
