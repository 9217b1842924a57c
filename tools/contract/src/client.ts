import type { Flagsmith, FlagsmithOptions, Logger } from "@flagsmith-isomorphic/core";
import type { ContractContext } from "./contract.ts";

/** Must be found in no error, cause, log line or inspection. */
export const environmentKey = "ser.contract-environment-key";
export const secretHeader = "contract-secret-header-value";

/** Takes part in the experiment 7 with `max_items`, whose variant `many` it is served. */
export const experimentIdentifier = "in experiment";

/** A client of the served API, quick enough for faults to be waited out. */
export function createClient(
  { adapter, api }: ContractContext,
  options: Partial<FlagsmithOptions> & { readonly agent?: unknown } = {},
): Flagsmith {
  return new adapter.Flagsmith({
    environmentKey,
    apiUrl: api.url,
    customHeaders: { "X-Secret": secretHeader },
    requestTimeoutSeconds: 0.4,
    requestDeadlineSeconds: 2,
    retries: { ...briefRetries, retries: 2 },
    logger: silent,
    ...options,
  });
}

const silent: Logger = { warn: () => undefined, error: () => undefined };

const briefRetries = {
  delay: () => 10,
  shouldRetry: ({
    kind,
    status = 500,
  }: {
    readonly kind: string;
    readonly status?: number | undefined;
  }) => kind !== "status" || status === 429 || status >= 500,
};

/** A logger that remembers. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (message: string) => lines.push(message);
  return { lines, warn: write, error: write, info: write, debug: write };
}

/** What a promise was rejected with; a promise that resolves is a failure. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
