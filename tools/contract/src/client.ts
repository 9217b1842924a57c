import type { Flagsmith, FlagsmithOptions, Logger } from "@flagsmith-isomorphic/core";
import type { ContractContext } from "./contract.ts";

/** Secrets that must not appear in any error, cause, log line or inspection. */
export const environmentKey = "ser.contract-environment-key";
export const secretHeader = "contract-secret-header-value";

/** Identity in experiment 7 on `max_items`; it gets the variant `many`. */
export const experimentIdentifier = "in experiment";

/** Options of a client in a case. */
export type ClientOptions = Partial<FlagsmithOptions> & { readonly agent?: unknown };

/**
 * For cases in which the API does not complete a response. Other requests of these cases arrive and are answered
 * within a fraction of this time, also on slow machines.
 */
export const shortTimeout = { requestTimeoutSeconds: 3 } as const;

/**
 * The refresh interval of clients whose case does not wait for a refresh: the longest without a warning. The first
 * refresh is due at a random time within the interval, so that a shorter one would often start during a case.
 */
export const longIntervalSeconds = 3600;

/** Creates a client of the served API. It is closed when the case ends. */
export function createClient(context: ContractContext, options?: ClientOptions): Flagsmith {
  const client = constructClient(context, options);
  context.after(() => client.close());
  return client;
}

/** Creates a client with local evaluation. It is closed when the case ends. */
export function createLocalClient(context: ContractContext, options?: ClientOptions): Flagsmith {
  return createClient(context, { enableLocalEvaluation: true, ...options });
}

/** Uses a client of the served API and closes it. For cases that create many clients. */
export async function withClient(
  context: ContractContext,
  options: ClientOptions,
  use: (client: Flagsmith) => Promise<unknown>,
): Promise<void> {
  const client = constructClient(context, options);
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

/** Uses a client in remote mode, and never closes it. */
export async function forgetClient(
  context: ContractContext,
  options: ClientOptions,
): Promise<void> {
  await constructClient(context, options).getEnvironmentFlags();
}

function constructClient({ adapter, api }: ContractContext, options?: ClientOptions): Flagsmith {
  return new adapter.Flagsmith({
    environmentKey,
    apiUrl: api.url,
    customHeaders: { "X-Secret": secretHeader },
    // Upper bounds against hanging: no result may depend on the speed of the machine.
    requestTimeoutSeconds: 20,
    requestDeadlineSeconds: 60,
    environmentRefreshIntervalSeconds: longIntervalSeconds,
    retries: createRetryPolicy(2),
    logger: silentLogger,
    ...options,
  });
}

const silentLogger: Logger = { warn: () => undefined, error: () => undefined };

/** Creates a retry policy that retries network errors and statuses 429 and 5xx after 10 ms. */
export function createRetryPolicy(retries: number): NonNullable<FlagsmithOptions["retries"]> {
  return {
    retries,
    delay: () => 10,
    shouldRetry: ({ kind, status = 500 }) => kind !== "status" || status === 429 || status >= 500,
  };
}

/** Creates a logger that keeps every line. */
export function createRecordingLogger(): Logger & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { lines, warn: write, error: write, info: write, debug: write };
}

/** Returns the rejection reason of a promise. @throws Error if the promise resolves. */
export async function captureRejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
