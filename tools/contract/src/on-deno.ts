// Runs the suite on Deno: deno run --allow-net=127.0.0.1 --v8-flags=--expose-gc on-deno.mjs <setup as JSON>
import * as ownPackage from "@flagsmith-isomorphic/deno";
import * as adapter from "flagsmith-isomorphic";
import { backgroundContract, backgroundLeakCases } from "./background-suite.ts";
import { noAgentCases } from "./cases/agent.ts";
import { singlePackageCases } from "./cases/single-package.ts";
import { createDenoProbe } from "./resource-probe-on-deno.ts";
import { runSuite, type SuiteSetup } from "./run-suite.ts";
import { collectUnhandledErrors } from "./unhandled-errors.ts";

/** The part of Deno that is used here. */
declare const Deno: {
  readonly args: readonly string[];
  inspect(value: unknown, options: { readonly depth: number; readonly showHidden: true }): string;
};

const unhandled = collectUnhandledErrors();
const setup = JSON.parse(Deno.args[0] ?? "{}") as SuiteSetup;
const runtime = {
  adapter,
  inspect: (value: unknown) => Deno.inspect(value, { depth: 20, showHidden: true }),
  resendsAfterReset: ["GET", "POST"] as const,
  cases: [
    ...backgroundContract(setup.storeFolder),
    ...backgroundLeakCases(createDenoProbe()),
    ...noAgentCases,
    ...singlePackageCases(adapter, ownPackage),
  ],
};
await runSuite(setup, runtime, unhandled);
