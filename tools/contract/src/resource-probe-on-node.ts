import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createHeapReader, type ResourceProbe } from "./resource-probe.ts";

/** The part of Bun that is used here; undefined on Node.js. */
declare const Bun: { gc(isThorough: boolean): void } | undefined;

/** Node.js exposes its garbage collector only on request. */
function exposeGarbageCollector(): () => void {
  if (typeof Bun !== "undefined") return () => Bun?.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** The probe for Node.js and Bun. Bun reports no active resources: its connections are counted by the server only. */
export const nodeProbe: ResourceProbe = {
  heapBytes: createHeapReader(exposeGarbageCollector(), () => process.memoryUsage().heapUsed),
  counts: () => ({
    listeners: process.listenerCount("beforeExit"),
    resources: process.getActiveResourcesInfo().length,
  }),
};
