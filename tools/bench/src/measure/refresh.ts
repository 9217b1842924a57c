import { loadContender } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Size } from "../workload/workload.ts";
import { serveChild } from "./child.ts";
import { loadResponses } from "./load-responses.ts";
import { median } from "./statistics.ts";

export interface RefreshTask {
  readonly size: Size;
  readonly contender: string;
  readonly durationMs: number;
}

export interface RefreshResult {
  readonly configurationBytes: number;
  /** The first load in the process, the client's modules already imported. */
  readonly firstMs: number;
  readonly medianMs: number;
  /** On average. */
  readonly cpuMs: number;
}

const FEWEST = 5;

/** Times the way from the text of a configuration to a client that answers from it. */
await serveChild(async (task: RefreshTask): Promise<RefreshResult> => {
  const contender = await loadContender(task.contender);
  const text = contender.configure(createWorkload(task.size));
  // Says the same: a client that is sent its own text again may well leave it unread.
  const another = `${text} `;
  await loadResponses();
  const start = performance.now();
  const client = await contender.load(text);
  const firstMs = performance.now() - start;
  const end = performance.now() + task.durationMs;
  const times: number[] = [];
  const cpu = process.cpuUsage();
  while (times.length < FEWEST || performance.now() < end) {
    const start = performance.now();
    await client.refresh(times.length % 2 === 0 ? another : text);
    times.push(performance.now() - start);
  }
  // Of all rounds: a single one is too short to be told apart from its garbage collection.
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1000 / times.length;
  return {
    configurationBytes: Buffer.byteLength(text),
    firstMs,
    medianMs: median(times),
    cpuMs,
  };
});
