// A process whose end the host awaits, that it stops between calls, or whose clock is set:
// node process-end-on-node.mjs <setup as JSON>
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as adapter from "flagsmith-isomorphic";
import { type ClockStepSetup, stepClock } from "./clock-steps.ts";
import { answerCalls, type FrozenSetup } from "./frozen-process.ts";
import { type ProcessEndSetup, runUntilIdle } from "./process-end.ts";

const setup: ProcessEndSetup | FrozenSetup | ClockStepSetup = JSON.parse(process.argv[2] ?? "{}");

if ("hasWaitUntil" in setup) {
  void answerCalls(adapter, setup, createInterface({ input: process.stdin }));
} else if ("clockFile" in setup) {
  const { clockFile } = setup;
  void stepClock(adapter, setup, (offsetMs) => {
    writeFileSync(clockFile, `${offsetMs < 0 ? "" : "+"}${offsetMs / 1000}`);
  });
} else {
  void runUntilIdle(adapter, setup);
}
