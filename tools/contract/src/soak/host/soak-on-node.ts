import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { toolsNode } from "runtimes";
import type { ContractResult } from "../../contract.ts";
import { bundleForNode } from "../../host/bundle.ts";
import {
  type NodeMessage,
  type NodeReport,
  type NodeSample,
  type NodeSetup,
  streamedPollSeconds,
} from "../node-messages.ts";
import { arrivalLimitMs, untilArrived } from "./arrival.ts";
import { type DisturbedApi, serveDisturbedApi } from "./disturbed-api.ts";
import type { Findings, SoakPlan } from "./findings.ts";
import { hasGrown, thirdsOf } from "./thirds.ts";

const runtime = toolsNode.name;

/** Generous: a process that has nothing more to do ends at once. */
const exitLimitMs = 5000;

/** In less, an outage or two may be most of it. */
const leastSecondsToCompare = 60;

/** Timers and sockets come and go with faults. */
const resourceTolerance = 20;

/** Soaks clients in a process of Node.js, from the installed tarball. */
export async function soakOnNode(consumer: string, plan: SoakPlan): Promise<Findings> {
  const scripts = await bundleForNode(consumer, "soak/on-node");
  const script = scripts.find(({ format }) => format === "esm");
  if (script === undefined) throw new Error("There is no script that imports.");
  const api = await serveDisturbedApi(plan.seed);
  try {
    return await soak(script.path, plan, api);
  } finally {
    await api.close();
  }
}

async function soak(script: string, { seconds }: SoakPlan, api: DisturbedApi): Promise<Findings> {
  const limitMs = seconds * 1000 + 2 * arrivalLimitMs;
  const sampleMs = Math.min(2000, (seconds * 1000) / 16);
  const child = start(script, { ...api.address, sampleMs, limitMs });
  const samples: NodeSample[] = [];
  let report: NodeReport | undefined;
  const lines = createInterface({ input: child.process.stdout });
  lines.on("line", (line) => {
    const message: NodeMessage = JSON.parse(line);
    if (message.kind === "sample") samples.push(message);
    else report = message;
  });

  await Promise.race([wait(seconds * 1000), child.end]);
  api.calm();
  const disturbed = samples.length;
  const arrival = untilArrived({
    clients: ["polled", "streamed"],
    newest: () => samples.at(-1)?.newest ?? {},
    last: api.record().newest,
  });
  const late = await Promise.race([arrival, child.end.then(() => ["the process has ended"])]);
  child.process.kill("SIGTERM");
  const exit = await ending(child, () => report !== undefined);
  if (report === undefined) throw new Error(`${runtime} reported nothing: ${exit}`);

  const resources = thirdsOf(samples.slice(0, disturbed).map((sample) => sample.resources));
  return {
    runtime,
    api: api.record(),
    ...report,
    late,
    heapBytes: samples.slice(0, disturbed).map(({ heapBytes }) => heapBytes),
    mayBeUnderWay: false,
    more: {},
    results: [
      { name: "the process ends by itself", ...(exit !== undefined && { failure: exit }) },
      {
        name: "what keeps the process alive does not pile up",
        ...(hasGrown(resources, resourceTolerance) && { failure: JSON.stringify(resources) }),
      },
      ...(seconds < leastSecondsToCompare ? [] : [streamResult(report, seconds)]),
    ],
  };
}

/** Polls alone would bring every third version, at best. */
function streamResult({ clients }: NodeReport, seconds: number): ContractResult {
  const name = "streams tell of changes sooner than polls";
  const seen = clients["streamed"]?.versions.length ?? 0;
  const byPolls = seconds / (streamedPollSeconds * 0.9);
  return { name, ...(seen < byPolls * 1.3 && { failure: `${seen} versions in ${seconds} s` }) };
}

interface Child {
  readonly process: ChildProcess & { readonly stdout: NodeJS.ReadableStream };
  /** Its exit code, or the signal that ended it. */
  readonly end: Promise<number | string>;
}

function start(script: string, setup: NodeSetup): Child {
  const child = spawn(toolsNode.program, ["--expose-gc", script, JSON.stringify(setup)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { process: child, end: once(child, "close").then(([code, signal]) => code ?? signal) };
}

/** Why it did not end as it should; it does not outlive its limits. */
async function ending({ process: child, end }: Child, hasReported: () => boolean) {
  const until = Date.now() + arrivalLimitMs;
  while (!hasReported() && child.exitCode === null && Date.now() < until) await wait(50);
  const code = await Promise.race([end, wait(exitLimitMs, "still alive", { ref: false })]);
  if (code === 0) return undefined;
  child.kill("SIGKILL");
  return `its end: ${code}`;
}
