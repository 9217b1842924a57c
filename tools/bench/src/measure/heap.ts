import { setTimeout as sleep } from "node:timers/promises";
import { loadContender } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Size } from "../workload/workload.ts";
import { serveChild } from "./child.ts";
import { loadResponses } from "./load-responses.ts";

export interface HeapTask {
  readonly size: Size;
  readonly contender: string;
}

export interface HeapResult {
  readonly growthBytes: number;
}

/** Weighs what a loaded client keeps; the text of its configuration is there before and after. */
await serveChild(async ({ contender: name, size }: HeapTask): Promise<HeapResult> => {
  const contender = await loadContender(name);
  const text = contender.configure(createWorkload(size));
  await loadResponses();
  const before = await settledHeap();
  const client = await contender.load(text);
  const growthBytes = (await settledHeap()) - before;
  // Both have to live until here.
  if (text.length === 0 || client.ask === undefined) throw new Error("Nothing was loaded.");
  return { growthBytes };
});

async function settledHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await sleep(10);
  }
  return process.memoryUsage().heapUsed;
}
