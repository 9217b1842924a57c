import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { corpusCases } from "./cases/corpora.ts";
import { environmentKey } from "./client.ts";
import {
  type ContractCase,
  type ContractContext,
  type ContractResult,
  isSelected,
  maxCaseMs,
  type PlainCase,
  runCases,
  type ServedApi,
  withLimit,
} from "./contract.ts";
import { contract } from "./suite.ts";
import { printingListener, printLine } from "./suite-output.ts";

/** Addresses of an API and of its controls. */
export interface ApiAddress {
  /** Base URL with its trailing slash. */
  readonly url: string;
  /** Base URL of connections that serve one request each. */
  readonly onceUrl: string;
  readonly controlOrigin: string;
  /** Responds with the number of open connections to both. A POST lets them die silently. */
  readonly connectionsUrl: string;
}

/** The APIs of one case. */
export interface CaseApis {
  readonly api: ApiAddress;
  readonly elsewhere: ApiAddress;
}

/** APIs of one case, which run until the case has ended. */
export interface RunningApis {
  readonly apis: CaseApis;
  readonly close: () => Promise<unknown>;
}

/** Setup that the host passes to a script that runs the suite in a process. */
export interface SuiteSetup {
  /** A POST starts APIs for a case and responds with {@link StartedApis}. */
  readonly apisUrl: string;
  /** Address of the corpora, if they are available. */
  readonly corporaUrl?: string;
  /** Texts that select cases by name; empty for all. */
  readonly caseTexts: readonly string[];
  /** An empty folder for stores, which the process may read and write. */
  readonly storeFolder: string;
  /** Whether clients send their requests with `undiciFetch`. */
  readonly usesUndici?: boolean;
}

/** APIs that the host has started for a case. */
export interface StartedApis {
  readonly apis: CaseApis;
  /** A POST stops them. */
  readonly stopUrl: string;
}

/** Adapter, cases and properties of a runtime. */
export interface SuiteRuntime
  extends Pick<ContractContext, "adapter" | "inspect" | "resendsAfterReset"> {
  /** Cases of this runtime, besides the contract. */
  readonly cases: readonly ContractCase[];
}

/** Creates the contract's cases and those of the runtime, each on the APIs that `startApis` starts for it. */
export function createSuiteCases(
  { cases, ...runtime }: SuiteRuntime,
  startApis: () => Promise<RunningApis>,
): readonly PlainCase[] {
  return [...contract, ...cases].map((testCase) => bindCase(testCase, runtime, startApis));
}

/** Binds a case to APIs of its own, so that it leaves nothing behind for the next one. */
export function bindCase(
  { run, ...testCase }: ContractCase,
  runtime: Omit<SuiteRuntime, "cases">,
  startApis: () => Promise<RunningApis>,
): PlainCase {
  const tasks: (() => Promise<unknown>)[] = [];
  let hasEnded = false;
  let closeApis: RunningApis["close"] | undefined;
  const after: ContractContext["after"] = (task) => {
    // A case that timed out may go on for a while.
    if (hasEnded) void task().catch(() => undefined);
    else tasks.push(task);
  };
  return {
    ...testCase,
    run: async () => {
      const { apis, close } = await startApis();
      closeApis = close;
      const [api, elsewhere] = [connectTo(apis.api), connectTo(apis.elsewhere)];
      // Without faults, so that closing a client takes no longer than necessary.
      tasks.unshift(() => Promise.all([api, elsewhere].map(({ control }) => control.reset())));
      await run({ ...runtime, api, elsewhere, after });
    },
    cleanUp: async () => {
      hasEnded = true;
      const [resetApis, ...others] = tasks;
      try {
        await resetApis?.();
        await Promise.all(others.map((task) => task()));
      } finally {
        await closeApis?.();
      }
    },
  };
}

function connectTo({ url, onceUrl, controlOrigin, connectionsUrl }: ApiAddress): ServedApi {
  return {
    url,
    origin: new URL(url).origin,
    onceUrl,
    control: new RemoteControl(controlOrigin, fetch),
    openConnections: async () => Number(await (await fetch(connectionsUrl)).text()),
    killConnections: async () =>
      Number(await (await fetch(connectionsUrl, { method: "POST" })).text()),
  };
}

/** Runs the suite in a process of its own and prints the results for the host. */
export async function runSuite(
  setup: SuiteSetup,
  runtime: SuiteRuntime,
  unhandled: readonly unknown[],
): Promise<void> {
  const startApis = () => startApisAt(setup.apisUrl);
  const cases = [...createSuiteCases(runtime, startApis), ...corpusCases(setup.corporaUrl)];
  const selected = cases.filter(({ name }) => isSelected(setup.caseTexts, name));
  await runCases(selected, printingListener);
  // The client stays open: local evaluation must not keep a finished process alive.
  const { apis } = await withLimit(startApis, maxCaseMs);
  const options = { environmentKey, apiUrl: apis.api.url, enableLocalEvaluation: true };
  await new runtime.adapter.Flagsmith(options).ready();
  printLine(createUnhandledResult(unhandled, runtime.inspect));
  printLine({ isDone: true });
}

/** Lets the host start APIs for a case. */
export async function startApisAt(apisUrl: string): Promise<RunningApis> {
  const post = async (url: string) => (await fetch(url, { method: "POST" })).text();
  const { apis, stopUrl }: StartedApis = JSON.parse(await post(apisUrl));
  return { apis, close: () => post(stopUrl) };
}

/** Creates the result that fails if an error or a rejection was left unhandled. */
export function createUnhandledResult(
  unhandled: readonly unknown[],
  inspect: (value: unknown) => string,
): ContractResult {
  const name = "no error or rejection is left unhandled";
  return unhandled.length > 0 ? { name, failure: inspect(unhandled) } : { name };
}
