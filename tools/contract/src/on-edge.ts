// Runs the suite within one request of an isolate; how a request arrives differs by runtime.
import * as adapter from "@flagsmith-isomorphic/edge";
import { noAgentCases } from "./cases/agent.ts";
import { isolateCases } from "./cases/isolate.ts";
import { isolateReportCases } from "./cases/isolate-reports.ts";
import { cycleCases } from "./cases/leaks.ts";
import { noStreamingCases } from "./cases/streaming.ts";
import { inspectDeep } from "./inspect-deep.ts";
import { handledResult, runSuite, type Setup } from "./run-suite.ts";
import { unhandledRejections } from "./unhandled-rejections.ts";

const unhandled = unhandledRejections();

/** Answers a request that carries the {@link Setup} with the results. */
export async function handleSuiteRequest(request: Request): Promise<Response> {
  const setup: Setup = JSON.parse(await request.text());
  const results = await runSuite(setup, {
    adapter,
    inspect: inspectDeep,
    resendsAfterReset: [],
    cases: [
      ...isolateCases,
      ...isolateReportCases,
      // No isolate tells of its heap; the soak reads that of workerd through its inspector.
      ...cycleCases({}, 2000),
      ...noStreamingCases,
      ...noAgentCases,
    ],
  });
  return new Response(JSON.stringify(results));
}

/** Answers, after all other requests, with whether they have left a rejection unhandled. */
export function handleLastRequest(): Response {
  return Response.json([handledResult(unhandled, inspectDeep)]);
}
