import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { toolsNode } from "runtimes";
import type { ContractResult } from "../../contract.ts";
import { bundleForNode } from "../../host/bundle.ts";
import type { NodeMessage, NodeReport, NodeSample, NodeSetup } from "../on-node.ts";
import { streamedPollSeconds } from "../soak-client.ts";
import { createResult, type SoakReport } from "./checks.ts";
import { type ApiRecord, type FaultyApi, withFaultyApi } from "./faulty-api.ts";
import { computeThirds, hasGrown } from "./growth.ts";
import type { SoakRun } from "./soak-run.ts";

/** Clients whose progress is in the samples. */
const longLivedClients = ["polled", "streamed"];

/** Time in which the clients close, in milliseconds. */
const maxReportMs = 20_000;

/** Time in which the process ends after its report, in milliseconds. A timer that is left behind takes longer. */
const maxExitMs = 5000;

/** In a shorter soak, one or two outages may fill most of the time. */
const minSecondsToCompare = 60;

/** Timers and sockets come and go with the faults. */
const resourceTolerance = 20;

/** Runs a soak of clients in a Node.js process, from the installed tarball. */
export async function soakOnNode(consumer: string, run: SoakRun): Promise<SoakReport> {
  const scripts = await bundleForNode(consumer, "soak/on-node");
  const script = scripts.find(({ format }) => format === "esm");
  if (script === undefined) throw new Error("There is no ES module.");
  return withFaultyApi(run, async (api, address) => {
    const child = new SoakProcess(script.path, { ...address, sampleMs: run.sampleMs }, run);
    try {
      return await soak(child, api, run);
    } finally {
      child.kill();
    }
  });
}

async function soak(child: SoakProcess, api: FaultyApi, run: SoakRun): Promise<SoakReport> {
  const samples = await collectSamples(child, api, run);
  api.calm();
  const { newest } = api.record();
  const late = await run.findLateClients(
    longLivedClients,
    newest,
    (client) => child.samples.at(-1)?.progress[client]?.newest,
  );
  child.requestStop();
  await run.waitUntil(() => child.report !== undefined, maxReportMs);
  const { report } = child;
  if (report === undefined) throw new Error("The process sent no report.");
  await run.waitUntil(() => child.end !== undefined, maxExitMs);
  const end = child.end ?? "still running";

  const resources = computeThirds(samples.map((sample) => sample.resources));
  const results = [
    createResult("the process ends by itself", end === 0 ? [] : [`its end: ${end}`]),
    createResult(
      "resources that keep the process alive do not accumulate",
      hasGrown(resources, resourceTolerance) ? [JSON.stringify(resources)] : [],
    ),
  ];
  return {
    runtime: toolsNode.name,
    api: api.record(),
    ...report,
    unhandled: [...report.unhandled, ...child.otherOutput],
    late,
    heapBytes: samples.map(({ heapBytes }) => heapBytes),
    isDeliveryInFlight: false,
    figures: {},
    results:
      run.plan.seconds < minSecondsToCompare
        ? results
        : [...results, checkStream(report, api.record())],
  };
}

/** Collects samples until the faults may end. */
async function collectSamples(
  child: SoakProcess,
  api: FaultyApi,
  run: SoakRun,
): Promise<readonly NodeSample[]> {
  const mayEnd = run.startFaults();
  const hasEnough = () => {
    const progress = Object.values(child.samples.at(-1)?.progress ?? {});
    return mayEnd({
      heapSamples: child.samples.length,
      versions: Math.max(0, ...progress.map(({ count }) => count)),
      faults: api.record().faults,
    });
  };
  await run.waitUntil(hasEnough, Number.POSITIVE_INFINITY);
  return [...child.samples];
}

/** The document changes every second, so polling alone would bring every third version at best. */
function checkStream({ clients }: NodeReport, { newest }: ApiRecord): ContractResult {
  const used = clients["streamed"]?.versions.length ?? 0;
  const maxByPolling = newest / (streamedPollSeconds * 0.9);
  const finding = `${used} of ${newest} versions`;
  return createResult(
    "a stream brings changes sooner than polling",
    used < maxByPolling * 1.3 ? [finding] : [],
  );
}

/** The process with the clients. If it breaks down, the run ends. */
class SoakProcess {
  readonly samples: NodeSample[] = [];
  /** Output that is no message. */
  readonly otherOutput: string[] = [];
  report: NodeReport | undefined;
  /** Exit code or signal, once the process has ended. */
  end: number | string | undefined;
  readonly #child: ChildProcess;
  readonly #run: SoakRun;

  constructor(script: string, setup: NodeSetup, run: SoakRun) {
    this.#run = run;
    const child = spawn(toolsNode.program, ["--expose-gc", script, JSON.stringify(setup)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    child.once("error", run.fail);
    child.stdin.on("error", run.fail);
    child.once("close", (code, signal) => this.#onClose(signal ?? code ?? "unknown"));
    createInterface({ input: child.stdout })
      .on("line", (line) => this.#onLine(line))
      .on("error", run.fail);
  }

  /** Asks the process to close its clients and to send its report. */
  requestStop(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #onClose(end: number | string): void {
    this.end = end;
    if (this.report === undefined) {
      this.#run.fail(new Error(`The process ended without a report: ${end}`));
    }
  }

  #onLine(line: string): void {
    let message: NodeMessage;
    try {
      message = JSON.parse(line);
    } catch {
      this.otherOutput.push(`output: ${line}`);
      return;
    }
    if (message.kind === "sample") this.samples.push(message);
    else if (message.kind === "report") this.report = message;
    else if (message.kind === "error") this.#run.fail(new Error(message.error));
    else this.otherOutput.push(`output: ${line}`);
  }
}
