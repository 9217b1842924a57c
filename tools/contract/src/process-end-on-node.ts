// A process whose end the host awaits, or that it stops between calls: node process-end-on-node.mjs <setup as JSON>
import { createInterface } from "node:readline";
import * as adapter from "flagsmith-isomorphic";
import { answerCalls, type FrozenSetup } from "./frozen-process.ts";
import { type ProcessEndSetup, runUntilIdle } from "./process-end.ts";

const setup: ProcessEndSetup | FrozenSetup = JSON.parse(process.argv[2] ?? "{}");

void ("hasWaitUntil" in setup
  ? answerCalls(adapter, setup, createInterface({ input: process.stdin }))
  : runUntilIdle(adapter, setup));
