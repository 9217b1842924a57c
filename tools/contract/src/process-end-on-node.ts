// A process whose end the host waits for: node process-end-on-node.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/node";
import { leaveProcess } from "./process-end.ts";

void leaveProcess(adapter, JSON.parse(process.argv[2] ?? "{}"));
