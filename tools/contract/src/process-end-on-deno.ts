// A process whose end the host waits for: deno run --allow-net=127.0.0.1 process-end-on-deno.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/deno";
import { leaveProcess } from "./process-end.ts";

/** The part of Deno that is used here. */
declare const Deno: { readonly args: readonly string[] };

await leaveProcess(adapter, JSON.parse(Deno.args[0] ?? "{}"));
