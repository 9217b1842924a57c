import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { heapOnceCollected, type Residue } from "./residue.ts";

/** Bun's own, where this is Bun. */
declare const Bun: { gc(isThorough: boolean): void } | undefined;

/** Node has none unless it is asked for it. */
function garbageCollector(): () => void {
  if (typeof Bun !== "undefined") return () => Bun?.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** What Node.js and Bun show, but that Bun knows no active resources: there, the server's count is all. */
export const residueOnNode: Residue = {
  heapBytes: heapOnceCollected(garbageCollector(), () => process.memoryUsage().heapUsed),
  counts: () => ({
    listeners: process.listenerCount("beforeExit"),
    resources: process.getActiveResourcesInfo().length,
  }),
};
