import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { bundleForEdge } from "../../host/bundle.ts";
import type { SoakAddress } from "../soak-client.ts";
import { type WorkerReport, workerClients } from "../worker-messages.ts";
import { createResult, type SoakReport } from "./checks.ts";
import { type FaultyApi, withFaultyApi } from "./faulty-api.ts";
import { hasMinProgress, type SoakRun } from "./soak-run.ts";
import { WorkerHeap } from "./worker-heap.ts";
import { WorkerTraffic } from "./worker-traffic.ts";

const name = "soaked";

/** Upper bound until the clients are closed and the Worker has sent its report, in milliseconds. */
const maxReportMs = 120_000;

/** Runs a soak of the clients of a Worker, from the installed tarball. */
export async function soakOnWorkerd(consumer: string, run: SoakRun): Promise<SoakReport> {
  const script = await bundleForEdge(consumer, "soak/on-workerd", {
    format: "esm",
    condition: "workerd",
  });
  return withFaultyApi(run, async (api, address) => {
    const output: string[] = [];
    const worker = startWorker(script, { address, run, output });
    try {
      const report = await soak(worker, api, run);
      return { ...report, unhandled: [...report.unhandled, ...output] };
    } finally {
      await worker.dispose();
    }
  });
}

function startWorker(
  script: string,
  {
    address,
    run,
    output,
  }: { readonly address: SoakAddress; readonly run: SoakRun; readonly output: string[] },
): Miniflare {
  const collect = (stream: Readable) =>
    createInterface({ input: stream })
      .on("line", (line) => {
        const isRelevant = line !== "" && !cancellationLine.test(line);
        if (isRelevant && output.length < maxOutputLines) output.push(line);
      })
      .on("error", run.fail);
  return new Miniflare({
    name,
    modules: true,
    script,
    compatibilityDate: "2026-07-01",
    kvNamespaces: ["STORE"],
    bindings: { SOAK: { ...address } },
    cf: false,
    inspectorPort: 0,
    handleRuntimeStdio: run.guard((stdout: Readable, stderr: Readable) => {
      collect(stdout);
      collect(stderr);
    }),
  });
}

const maxOutputLines = 20;

/** Lines of workerd about clients that disconnect. */
const cancellationLine = /\bdisconnected: |^stack: /;

async function soak(worker: Miniflare, api: FaultyApi, run: SoakRun): Promise<SoakReport> {
  const origin = await worker.ready;
  const heap = await WorkerHeap.connect(await worker.getInspectorURL(), name);
  const traffic = new WorkerTraffic(origin, run);
  try {
    const heapBytes = await measureHeap(heap, { traffic, api, run });
    api.endFaults();
    api.endChanges();
    const { newest } = api.record();
    const late = await run.findLateClients(workerClients, newest, (client) =>
      traffic.readNewest(client),
    );
    await traffic.stop();
    const report = await fetchReport(origin);
    const { outdated, failures, figures } = traffic;
    return {
      runtime: "workerd",
      api: api.record(),
      ...report,
      outdated,
      late,
      heapBytes,
      isDeliveryInFlight: true,
      figures,
      results: [createResult("no request fails or hangs", failures)],
    };
  } finally {
    heap.close();
    await traffic.stop();
  }
}

/** Measures the heap until the faults may end. */
async function measureHeap(
  heap: WorkerHeap,
  {
    traffic,
    api,
    run,
  }: { readonly traffic: WorkerTraffic; readonly api: FaultyApi; readonly run: SoakRun },
): Promise<number[]> {
  const heapBytes: number[] = [];
  const mayEnd = run.startFaults();
  do {
    await run.wait(run.sampleMs);
    heapBytes.push(await heap.readUsedBytes());
  } while (
    !mayEnd(
      hasMinProgress({
        heapSamples: heapBytes.length,
        versions: traffic.versionCount,
        faults: api.record().faults,
      }),
    )
  );
  return heapBytes;
}

async function fetchReport(origin: URL): Promise<WorkerReport> {
  const signal = AbortSignal.timeout(maxReportMs);
  const response = await fetch(new URL("/report", origin), { signal });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The Worker sent no report: ${text}`);
  return JSON.parse(text);
}
