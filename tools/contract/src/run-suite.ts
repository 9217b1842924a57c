import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { corpusResults } from "./cases/corpora.ts";
import { environmentKey } from "./client.ts";
import {
  type ContractCase,
  type ContractContext,
  type ContractResult,
  runContract,
  type ServedApi,
} from "./contract.ts";
import { contract } from "./suite.ts";

/** Where an API is, and where it is told what to do. */
export interface ApiAddress {
  /** Base URL with its trailing slash. */
  readonly url: string;
  /** The same over connections that serve one request each. */
  readonly onceUrl: string;
  readonly controlOrigin: string;
  /** Answers how many connections to both are open. */
  readonly connectionsUrl: string;
}

/** What the host tells a script that runs the suite. */
export interface Setup {
  readonly api: ApiAddress;
  readonly elsewhere: ApiAddress;
  /** Where the corpora are, if they are at hand. */
  readonly corporaUrl?: string;
}

/** What a runtime brings to the suite. */
export interface SuiteRuntime
  extends Pick<ContractContext, "adapter" | "inspect" | "resendsAfterReset"> {
  /** What holds on this runtime besides the contract. */
  readonly cases: readonly ContractCase[];
}

/** Runs the suite, the runtime's own cases and the corpora. */
export async function runSuite(
  { api, elsewhere, corporaUrl }: Setup,
  { cases, ...runtime }: SuiteRuntime,
): Promise<ContractResult[]> {
  const results = await runContract([...contract, ...cases], {
    ...runtime,
    api: served(api),
    elsewhere: served(elsewhere),
  });
  return [...results, ...(await corpusResults(corporaUrl))];
}

function served({ url, onceUrl, controlOrigin, connectionsUrl }: ApiAddress): ServedApi {
  return {
    url,
    origin: new URL(url).origin,
    onceUrl,
    control: new RemoteControl(controlOrigin, fetch),
    openConnections: async () => Number(await (await fetch(connectionsUrl)).text()),
  };
}

/** How the process of a suite fared. */
export interface ProcessEnd extends Pick<SuiteRuntime, "adapter" | "inspect"> {
  readonly results: readonly ContractResult[];
  /** Every rejection of the process that nobody handled. */
  readonly unhandled: readonly unknown[];
}

/** Whether no rejection was left unhandled. */
export function handledResult(
  unhandled: readonly unknown[],
  inspect: (value: unknown) => string,
): ContractResult {
  const name = "no fault leaves a rejection unhandled";
  return unhandled.length > 0 ? { name, failure: inspect(unhandled) } : { name };
}

/** Prints the results, and leaves the process to end by itself: that it does is part of the contract. */
export async function endProcess({ api }: Setup, end: ProcessEnd): Promise<void> {
  const { adapter, inspect, results, unhandled } = end;
  // Left open: local evaluation must not keep a finished process alive.
  const open = { environmentKey, apiUrl: api.url, enableLocalEvaluation: true };
  await new adapter.Flagsmith(open).ready();
  console.log(JSON.stringify([...results, handledResult(unhandled, inspect)]));
}
