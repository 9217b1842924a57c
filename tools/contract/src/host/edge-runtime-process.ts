// Runs the suite in the Vercel Edge Runtime, in a process of its own: it evaluates in the event loop of
// whoever runs it, for longer than others have time to wait for their APIs.
import { runOnEdgeRuntime } from "./run-on-edge.ts";

/** What the host tells this script. */
export interface EdgeRuntimeSetup {
  readonly consumer: string;
  readonly corporaUrl: string | undefined;
}

const { consumer, corporaUrl } = JSON.parse(process.argv[2] ?? "{}") as EdgeRuntimeSetup;
console.log(JSON.stringify(await runOnEdgeRuntime(consumer, corporaUrl)));
