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

/** Generous: it only tells a case that hangs from one that is slow. */
const caseLimitMs = 30_000;

/** Runs the cases one after the other, each on an API without faults or memories. */
export function runContract(
  cases: readonly ContractCase[],
  context: ContractContext,
): Promise<ContractResult[]> {
  return runCases(
    cases.map(({ name, run }) => ({
      name,
      run: async () => {
        await context.api.control.reset();
        await context.elsewhere.control.reset();
        await run(context);
      },
    })),
  );
}

/** One statement that needs nothing to be told. */
export interface PlainCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Runs the cases one after the other. */
export async function runCases(cases: readonly PlainCase[]): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const { name, run } of cases) {
    try {
      await withLimit(run());
      results.push({ name });
    } catch (error) {
      results.push({ name, failure: error instanceof Error ? `${error.stack}` : String(error) });
    }
  }
  return results;
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
