// Runs the cases of the suite in isolates, each within a request. How requests arrive differs by runtime.
import * as ownPackage from "@flagsmith-isomorphic/edge";
import * as adapter from "flagsmith-isomorphic";
import { noAgentCases } from "./cases/agent.ts";
import { clientLeakCases } from "./cases/client-leaks.ts";
import { corpusCases } from "./cases/corpora.ts";
import { isolateCases } from "./cases/isolate.ts";
import { isolateReportCases } from "./cases/isolate-reports.ts";
import { noRealtimeCases } from "./cases/realtime-connection.ts";
import { singlePackageCases } from "./cases/single-package.ts";
import { wrongPackageCases } from "./cases/wrong-package.ts";
import { type PlainCase, runCase } from "./contract.ts";
import { inspectDeep } from "./inspect-deep.ts";
import {
  type CaseApis,
  createSuiteCases,
  createUnhandledResult,
  type RunningApis,
  type SuiteRuntime,
} from "./run-suite.ts";
import { collectUnhandledErrors } from "./unhandled-errors.ts";

const unhandled = collectUnhandledErrors();

const runtime: SuiteRuntime = {
  adapter,
  inspect: inspectDeep,
  resendsAfterReset: [],
  cases: [
    ...isolateCases,
    ...isolateReportCases,
    // Isolates do not expose their heap. The soak reads that of workerd through its inspector.
    ...clientLeakCases({}, 2000),
    ...noRealtimeCases,
    ...noAgentCases,
    ...singlePackageCases(adapter, ownPackage),
    ...wrongPackageCases,
  ],
};

/** Body of a request for the list of cases. */
export interface CaseListRequest {
  readonly corporaUrl?: string;
}

/** A case in the response. */
export type ListedCase = Omit<PlainCase, "run" | "cleanUp">;

/** Body of a request that runs a case. */
export interface CaseRequest extends CaseListRequest {
  /** Position in the list of cases. */
  readonly index: number;
  readonly apis: CaseApis;
}

function createCases({ corporaUrl }: CaseListRequest, startApis: () => Promise<RunningApis>) {
  return [...createSuiteCases(runtime, startApis), ...corpusCases(corporaUrl)];
}

/** Responds to a {@link CaseListRequest} with a list of {@link ListedCase}. */
export async function handleCaseListRequest(request: Request): Promise<Response> {
  const cases = createCases(JSON.parse(await request.text()), () =>
    Promise.reject(new Error("A list of cases has no APIs.")),
  );
  return Response.json(cases.map(({ run, cleanUp, ...listed }): ListedCase => listed));
}

/** Responds to a {@link CaseRequest} with the result of that case. */
export async function handleCaseRequest(request: Request): Promise<Response> {
  const body: CaseRequest = JSON.parse(await request.text());
  // The host stops the APIs.
  const running = { apis: body.apis, close: async () => undefined };
  const testCase = createCases(body, async () => running)[body.index];
  if (testCase === undefined) throw new Error(`There is no case ${body.index}.`);
  return Response.json(await runCase(testCase));
}

/** Responds, after all other requests, with whether an error or a rejection was left unhandled. */
export function handleUnhandledRequest(): Response {
  return Response.json(createUnhandledResult(unhandled, inspectDeep));
}
