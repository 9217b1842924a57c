import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { toolsNode } from "runtimes";
import type { ContractResult } from "../../contract.ts";
import { bundleForNode } from "../../host/bundle.ts";
import type { NodeMessage, NodeReport, NodeSample, NodeSetup } from "../on-node.ts";
import type { SoakAddress } from "../soak-client.ts";
import { createResult, type SoakReport } from "./checks.ts";
import { type FaultyApi, withFaultyApi } from "./faulty-api.ts";
import { computeThirds, hasGrown } from "./growth.ts";
import { hasMinProgress, type SoakRun } from "./soak-run.ts";

/** Clients whose progress is in the samples. */
const longLivedClients = ["polled", "streamed", "shared one", "shared other"];

/** Time in which the clients close, in milliseconds. */
const maxReportMs = 20_000;

/** Time in which the process ends after its report, in milliseconds. A timer that is left behind takes longer. */
const maxExitMs = 5000;

/** Shorter soaks do not check the stream, because a reconnect may take a minute after faults. */
const minSecondsToCheckStream = 60;

/** Upper bound until a stream has reconnected and has brought some changes, in milliseconds. */
const maxReconnectMs = 120_000;

/** Number of changes that a stream has to bring sooner than polling. */
const minQuickVersions = 3;

/** Timers and sockets come and go with the faults. */
const resourceTolerance = 20;

/** Runs a soak of clients in a Node.js process, from the installed tarball. */
export async function soakOnNode(consumer: string, run: SoakRun): Promise<SoakReport> {
  const scripts = await bundleForNode(consumer, "soak/on-node");
  const script = scripts.find(({ format }) => format === "esm");
  if (script === undefined) throw new Error("There is no ES module.");
  const task = async (api: FaultyApi, address: SoakAddress) => {
    const child = new SoakProcess(script.path, { ...address, sampleMs: run.sampleMs }, run);
    try {
      return await soak(child, api, run);
    } finally {
      child.kill();
    }
  };
  return withFaultyApi(run, task, { hasReplica: true });
}

async function soak(child: SoakProcess, api: FaultyApi, run: SoakRun): Promise<SoakReport> {
  const samples = await collectSamples(child, api, run);
  api.endFaults();
  const streamResults =
    run.plan.seconds < minSecondsToCheckStream ? [] : [await checkStream(child, run)];
  api.endChanges();
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
    figures: { "steps back to the version before, with a store": report.allowedSteps },
    results: [...results, ...streamResults],
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
    const progress = child.samples.at(-1)?.progress ?? {};
    const hasProgress = hasMinProgress({
      heapSamples: child.samples.length,
      versions: Math.max(0, ...Object.values(progress).map(({ versions }) => versions)),
      faults: api.record().faults,
    });
    return mayEnd(hasProgress);
  };
  await run.waitUntil(hasEnough, Number.POSITIVE_INFINITY);
  return [...child.samples];
}

/**
 * Checks that the stream recovers from the faults, and that its client then uses new versions sooner after each
 * other than polling would bring them.
 */
async function checkStream(child: SoakProcess, run: SoakRun): Promise<ContractResult> {
  const readCount = () => child.samples.at(-1)?.progress["streamed"]?.quickVersions ?? 0;
  const countBefore = readCount();
  const isQuick = await run.waitUntil(
    () => readCount() - countBefore >= minQuickVersions,
    maxReconnectMs,
  );
  const finding = `${readCount() - countBefore} changes came before the next poll`;
  return createResult("a stream brings changes sooner than polling", isQuick ? [] : [finding]);
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
