// A process whose end the host awaits: deno run --allow-net=127.0.0.1 process-end-on-deno.mjs <setup as JSON>
import * as adapter from "flagsmith-isomorphic";
import { runUntilIdle } from "./process-end.ts";

/** The part of Deno that is used here. */
declare const Deno: { readonly args: readonly string[] };

await runUntilIdle(adapter, JSON.parse(Deno.args[0] ?? "{}"));
