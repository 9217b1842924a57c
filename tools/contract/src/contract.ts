import type * as core from "@flagsmith-isomorphic/core";
import type * as local from "@flagsmith-isomorphic/core/local";
import type { RemoteControl } from "@flagsmith-isomorphic/testing";

/** What every adapter exports, as the suite uses it. */
export interface Adapter {
  readonly Flagsmith: new (options: core.FlagsmithOptions) => core.Flagsmith;
  readonly DefaultFlag: typeof core.DefaultFlag;
  readonly FlagsmithAPIError: typeof core.FlagsmithAPIError;
  readonly FlagsmithClientError: typeof core.FlagsmithClientError;
  readonly signWebhookBody: typeof local.signWebhookBody;
  readonly verifyWebhookSignature: typeof local.verifyWebhookSignature;
  readonly storageKey: typeof local.storageKey;
  readonly toStorageRecord: typeof local.toStorageRecord;
}

/** A Flagsmith API that the suite may break. */
export interface ServedApi {
  /** Base URL with its trailing slash. */
  readonly url: string;
  readonly origin: string;
  /** The same API over connections that serve one request each: no runtime sends one again by itself. */
  readonly onceUrl: string;
  readonly control: RemoteControl;
  /** How many connections to it are open, as its server sees them; those of the control are not among them. */
  readonly openConnections: () => Promise<number>;
}

/** What a case is given: it needs nothing else of its runtime than the standard globals. */
export interface ContractContext {
  readonly adapter: Adapter;
  readonly api: ServedApi;
  /** Another origin, which must never be told anything of the first; its document comes in pages. */
  readonly elsewhere: ServedApi;
  /** All that the runtime would print of a value, error causes included. */
  readonly inspect: (value: unknown) => string;
  /** What the runtime's own fetch sends once more when a connection it had kept is reset. */
  readonly resendsAfterReset: readonly ("GET" | "POST")[];
  /** Registers a task that runs once the case has ended, whether it passed, failed or timed out. */
  readonly after: (task: () => Promise<unknown>) => void;
}

/** One statement about an adapter. */
export interface ContractCase {
  readonly name: string;
  readonly run: (context: ContractContext) => Promise<void>;
}

/** Whether a statement held. */
export interface ContractResult {
  readonly name: string;
  /** Why it did not. */
  readonly failure?: string;
  /** Why nobody knows. */
  readonly skipped?: string;
}

/** Upper bound against a case that hangs. Slow machines stay far below it. */
const caseLimitMs = 180_000;

/** Runs the cases one after the other, each on APIs in their initial state. */
export function runContract(
  cases: readonly ContractCase[],
  context: Omit<ContractContext, "after">,
): Promise<ContractResult[]> {
  return runCases(cases.map((each) => bindCase(each, context)));
}

/** A case with everything it needs. */
export interface PlainCase {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Runs after `run`, whether that passed, failed or timed out. Fails the case if it rejects. */
  readonly cleanUp?: () => Promise<void>;
}

/** Runs the cases one after the other. */
export async function runCases(cases: readonly PlainCase[]): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const { name, run, cleanUp = async () => undefined } of cases) {
    const failures = [...(await findFailure(run)), ...(await findFailure(cleanUp))];
    results.push({ name, ...(failures.length > 0 && { failure: failures.join("\n") }) });
  }
  return results;
}

/** Binds a case to its context, so that it leaves nothing behind for the next one. */
function bindCase({ name, run }: ContractCase, context: Omit<ContractContext, "after">): PlainCase {
  const tasks: (() => Promise<unknown>)[] = [];
  let hasEnded = false;
  const after: ContractContext["after"] = (task) => {
    // A case that timed out may go on for a while.
    if (hasEnded) void task().catch(() => undefined);
    else tasks.push(task);
  };
  const resetApis = async () => {
    await context.api.control.reset();
    await context.elsewhere.control.reset();
  };
  return {
    name,
    run: () => run({ ...context, after }),
    cleanUp: async () => {
      hasEnded = true;
      // Without faults, so that closing a client takes no longer than necessary.
      await resetApis();
      try {
        await Promise.all(tasks.map((task) => task()));
      } finally {
        await resetApis();
      }
    },
  };
}

async function findFailure(run: () => Promise<void>): Promise<string[]> {
  try {
    await withLimit(run());
    return [];
  } catch (error) {
    return [error instanceof Error ? `${error.stack}` : String(error)];
  }
}

async function withLimit(run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`still running after ${caseLimitMs} ms`)),
      caseLimitMs,
    );
  });
  try {
    await Promise.race([run, limit]);
  } finally {
    clearTimeout(timer);
  }
}
