// Runs the suite on Deno, with the adapter found from here: deno run --allow-net=127.0.0.1 --v8-flags=--expose-gc on-deno.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/deno";
import { noAgentCases } from "./cases/agent.ts";
import { createDenoProbe } from "./resource-probe-on-deno.ts";
import { endProcess, runSuite, type Setup } from "./run-suite.ts";
import { backgroundContract } from "./suite.ts";
import { unhandledRejections } from "./unhandled-rejections.ts";

/** The part of Deno that is used here. */
declare const Deno: {
  readonly args: readonly string[];
  inspect(value: unknown, options: { readonly depth: number; readonly showHidden: true }): string;
};

const unhandled = unhandledRejections();

const setup = JSON.parse(Deno.args[0] ?? "{}") as Setup;
const runtime = {
  adapter,
  inspect: (value: unknown) => Deno.inspect(value, { depth: 20, showHidden: true }),
  resendsAfterReset: ["GET", "POST"] as const,
  cases: [...backgroundContract(createDenoProbe()), ...noAgentCases],
};
const results = await runSuite(setup, runtime);
await endProcess(setup, { ...runtime, results, unhandled });
