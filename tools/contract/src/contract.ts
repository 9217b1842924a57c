import type * as core from "@flagsmith-isomorphic/core";
import type * as local from "@flagsmith-isomorphic/core/local";
import type { RemoteControl } from "@flagsmith-isomorphic/testing";
import { config } from "chai";
import { mapConcurrently } from "./map-concurrently.ts";

// A failure shows the values in full, because a rare one may not be seen again.
config.truncateThreshold = 0;

/** Exports of an adapter that the cases use. */
export interface Adapter {
  readonly Flagsmith: new (options: core.FlagsmithOptions) => core.Flagsmith;
  readonly DefaultFlag: typeof core.DefaultFlag;
  readonly defineFlags: typeof core.defineFlags;
  readonly memoryCache: typeof core.memoryCache;
  readonly numberFlag: typeof core.numberFlag;
  readonly stringFlag: typeof core.stringFlag;
  readonly toggleFlag: typeof core.toggleFlag;
  readonly FlagsmithAPIError: typeof core.FlagsmithAPIError;
  readonly FlagsmithClientError: typeof core.FlagsmithClientError;
  readonly signWebhookBody: typeof local.signWebhookBody;
  readonly verifyWebhookSignature: typeof local.verifyWebhookSignature;
  readonly storageKey: typeof local.storageKey;
  readonly toStorageRecord: typeof local.toStorageRecord;
}

/** A Flagsmith API whose faults a case controls. */
export interface ServedApi {
  /** Base URL with its trailing slash. */
  readonly url: string;
  readonly origin: string;
  /** The same API, but each connection serves one request: no runtime resends a request by itself. */
  readonly onceUrl: string;
  readonly control: RemoteControl;
  /** Returns the number of open connections at the server, without those of `control`. */
  readonly openConnections: () => Promise<number>;
  /** Lets all open connections die silently, as a firewall may do. Returns their number. */
  readonly killConnections: () => Promise<number>;
}

/** Everything a case may use, besides the standard globals. */
export interface ContractContext {
  readonly adapter: Adapter;
  readonly api: ServedApi;
  /** API on another origin, which must never receive data of the first. Its document is paginated. */
  readonly elsewhere: ServedApi;
  /** Formats a value with everything the runtime would print, error causes included. */
  readonly inspect: (value: unknown) => string;
  /** Methods that the runtime's own fetch resends if a pooled connection is reset. */
  readonly resendsAfterReset: readonly ("GET" | "POST")[];
  /** Registers a task that runs once the case has ended, whether it passed, failed or timed out. */
  readonly after: (task: () => Promise<unknown>) => void;
}

/** A requirement on every adapter. */
export interface ContractCase {
  readonly name: string;
  readonly run: (context: ContractContext) => Promise<void>;
  /** Whether the case mostly waits, and depends on nothing else in its process: it runs beside others of this kind. */
  readonly mostlyWaits?: boolean;
}

/** A case with everything it needs. */
export interface PlainCase {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Reason not to run the case. */
  readonly skipReason?: string;
  /** Whether the case runs beside others of this kind. */
  readonly mostlyWaits?: boolean;
  /** Runs after `run`, whether that passed, failed or timed out. Fails the case if it rejects. */
  readonly cleanUp?: () => Promise<void>;
}

/** Result of a case: passed unless `failure` or `skipped` is set. */
export interface ContractResult {
  readonly name: string;
  /** Reason of a failure. */
  readonly failure?: string;
  /** Reason why the case did not run. */
  readonly skipped?: string;
}

/** Longest time a case may take, in milliseconds: an upper bound against hanging, far above any case on a slow machine. */
export const maxCaseMs = 300_000;

/** Listens to the progress of cases. */
interface CaseListener {
  readonly onStart?: (name: string) => void;
  readonly onResult?: (result: ContractResult) => void;
}

/** Number of cases that wait at once: few enough that starting them takes a fraction of the timeouts in them. */
const maxWaitingCases = 6;

/**
 * Runs the cases in turn, and then those that mostly wait, whose code is warm by then. Each yields exactly one result.
 * Never rejects.
 */
export async function runCases(
  cases: readonly PlainCase[],
  { onStart, onResult }: CaseListener = {},
): Promise<ContractResult[]> {
  const run = async (testCase: PlainCase): Promise<ContractResult> => {
    onStart?.(testCase.name);
    const result = await runCase(testCase);
    onResult?.(result);
    return result;
  };
  const waiting = cases.filter(({ mostlyWaits }) => mostlyWaits);
  const others = cases.filter(({ mostlyWaits }) => !mostlyWaits);
  return [
    ...(await mapConcurrently(others, 1, run)),
    ...(await mapConcurrently(waiting, maxWaitingCases, run)),
  ];
}

/** Runs one case. Never rejects. */
export async function runCase(
  { name, run, skipReason, cleanUp = async () => undefined }: PlainCase,
  limitMs: number = maxCaseMs,
): Promise<ContractResult> {
  if (skipReason !== undefined) return { name, skipped: skipReason };
  const failures = [...(await findFailure(run, limitMs)), ...(await findFailure(cleanUp, limitMs))];
  return { name, ...(failures.length > 0 && { failure: failures.join("\n") }) };
}

async function findFailure(run: () => Promise<void>, limitMs: number): Promise<string[]> {
  try {
    await withLimit(run, limitMs);
    return [];
  } catch (error) {
    return [error instanceof Error ? `${error.stack}` : String(error)];
  }
}

/** Runs work and waits for it at most this long. @throws Error after the limit; the work goes on. */
export async function withLimit<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns whether a name contains one of the texts, in any letter case. Without texts, every name does. */
export function isSelected(caseTexts: readonly string[], name: string): boolean {
  const lowerCase = name.toLowerCase();
  return caseTexts.length === 0 || caseTexts.some((text) => lowerCase.includes(text.toLowerCase()));
}
