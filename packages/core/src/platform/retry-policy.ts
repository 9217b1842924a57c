/** A failed attempt, as a retry policy sees it. */
export interface RequestFailure {
  /** What failed: an answer with an error status, no answer in time, or no usable connection. */
  readonly kind: "status" | "timeout" | "network";
  /** The HTTP status, for `kind: "status"`. */
  readonly status: number | undefined;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
}

/** Whether, how often and how soon a failed request is sent again. */
export interface RetryPolicy {
  /** How many attempts may follow the first. */
  readonly retries: number;
  /** Milliseconds to wait after the given failed attempt (from 1), unless the server said how long. */
  readonly delay: (attempt: number) => number;
  /** Whether to send the request again. Aborts, permission errors and invalid answers never get here. */
  readonly shouldRetry: (failure: RequestFailure) => boolean;
}

/** A {@link RetryPolicy} of the user's, who may leave the rest to the adapter. */
export type CustomRetryPolicy = Pick<RetryPolicy, "retries"> & Partial<RetryPolicy>;

/** Completes the user's policy, or number of retries, with the platform's. */
export function createRetryPolicy(
  custom: number | CustomRetryPolicy | undefined,
  defaults: RetryPolicy,
): RetryPolicy {
  if (custom === undefined) return defaults;
  if (typeof custom === "number") return { ...defaults, retries: custom };
  return {
    retries: custom.retries,
    // Bound, because a policy may be an instance of a class.
    delay: custom.delay?.bind(custom) ?? defaults.delay,
    shouldRetry: custom.shouldRetry?.bind(custom) ?? defaults.shouldRetry,
  };
}

/** Full-jitter exponential backoff: a random wait of up to `baseMs`, doubled with each attempt. */
export function fullJitter(options: {
  readonly retries: number;
  readonly baseMs: number;
  readonly maxMs: number;
}): RetryPolicy {
  return {
    retries: options.retries,
    delay: (attempt) =>
      Math.random() * Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1)),
    shouldRetry: isTransient,
  };
}

/** Whether asking again would be answered the same: a client error, but for the three that pass. */
export function isFinalStatus(status: number): boolean {
  return status >= 400 && status <= 499 && ![408, 425, 429].includes(status);
}

function isTransient({ kind, status }: RequestFailure): boolean {
  if (kind !== "status" || status === undefined) return true;
  return status >= 400 && !isFinalStatus(status);
}
