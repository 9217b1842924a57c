// A process whose end the host awaits: node process-end-on-node.mjs <setup as JSON>
import * as adapter from "flagsmith-isomorphic";
import { runUntilIdle } from "./process-end.ts";

void runUntilIdle(adapter, JSON.parse(process.argv[2] ?? "{}"));
