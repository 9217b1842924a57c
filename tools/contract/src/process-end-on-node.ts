// A process that ends with reports at hand: node process-end-on-node.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/node";
import { leaveReports } from "./process-end.ts";

void leaveReports(adapter, JSON.parse(process.argv[2] ?? "{}"));
