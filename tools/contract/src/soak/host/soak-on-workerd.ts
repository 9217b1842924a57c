import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { bundleForEdge } from "../../host/bundle.ts";
import { randomOf } from "../random.ts";
import { type WorkerReport, workerClients } from "../worker-messages.ts";
import { untilArrived } from "./arrival.ts";
import { type DisturbedApi, serveDisturbedApi } from "./disturbed-api.ts";
import type { Findings, SoakPlan } from "./findings.ts";
import { connectToHeap } from "./worker-heap.ts";
import { WorkerVisitors } from "./worker-visitors.ts";

const runtime = "workerd";
const name = "soaked";

/** Soaks the clients of a Worker, from the installed tarball. */
export async function soakOnWorkerd(consumer: string, plan: SoakPlan): Promise<Findings> {
  const api = await serveDisturbedApi(plan.seed);
  const printed: string[] = [];
  const worker = new Miniflare({
    name,
    modules: true,
    script: await bundleForEdge(consumer, "soak/on-workerd", "esm"),
    compatibilityDate: "2026-07-01",
    kvNamespaces: ["STORE"],
    bindings: { SOAK: { ...api.address } },
    cf: false,
    inspectorPort: 0,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      remember(stdout, printed);
      remember(stderr, printed);
    },
  });
  try {
    return await soak(worker, { plan, api, printed }).finally(() => worker.dispose());
  } finally {
    // Also where the Worker cannot be disposed of, because it never started.
    await api.close();
  }
}

interface Soaking {
  readonly plan: SoakPlan;
  readonly api: DisturbedApi;
  readonly printed: readonly string[];
}

async function soak(
  worker: Miniflare,
  { plan: { seconds, seed }, api, printed }: Soaking,
): Promise<Findings> {
  const origin = await worker.ready;
  const heap = await connectToHeap(await worker.getInspectorURL(), name);
  const visitors = new WorkerVisitors(origin, randomOf(seed + 5));
  const visits = visitors.visit(6);

  const heapBytes: number[] = [];
  const sampleMs = Math.min(2000, (seconds * 1000) / 16);
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    await wait(sampleMs);
    heapBytes.push(await heap.usedBytes());
  }
  heap.close();
  api.calm();
  const late = await untilArrived({
    clients: workerClients,
    newest: () => visitors.seen().newest,
    last: api.record().newest,
  });
  visitors.stop();
  await visits;
  const report: WorkerReport = JSON.parse(await (await fetch(new URL("/report", origin))).text());

  const { wentBack, hung, requests, cancelled, slowestMs } = visitors.seen();
  return {
    runtime,
    api: api.record(),
    ...report,
    unhandled: [...report.unhandled, ...printed],
    late,
    wentBack,
    heapBytes,
    mayBeUnderWay: true,
    more: { requests, cancelled, "slowest answer, ms": Math.round(slowestMs) },
    results: [{ name: "no request hangs", ...(hung.length > 0 && { failure: hung.join("\n") }) }],
  };
}

/** What workerd itself says of clients that go away, and where in itself it says so. */
const ofCancelled = /\bdisconnected: |^stack: /;

function remember(stream: Readable, printed: string[]): void {
  createInterface({ input: stream }).on("line", (line) => {
    if (printed.length < 20 && line !== "" && !ofCancelled.test(line)) printed.push(line);
  });
}
