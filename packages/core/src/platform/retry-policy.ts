/** A failed attempt, passed to a retry policy. */
export interface RequestFailure {
  /** An error status, no complete response within the timeout, or a failed connection. */
  readonly kind: "status" | "timeout" | "network";
  /** The HTTP status of `kind: "status"`, otherwise `undefined`. */
  readonly status: number | undefined;
  /** The number of the failed attempt, from 1. */
  readonly attempt: number;
}

/** Decides whether, how often and when a failed request is sent again. */
export interface RetryPolicy {
  /** The maximum number of attempts after the first. */
  readonly retries: number;
  /** Milliseconds to wait after a failed attempt (from 1). A `Retry-After` of the server takes precedence. */
  readonly delay: (attempt: number) => number;
  /** Whether to send the request again. Not called after aborts, permission errors and invalid responses. */
  readonly shouldRetry: (failure: RequestFailure) => boolean;
}

/** A user's {@link RetryPolicy}. Missing members come from the adapter. */
export type CustomRetryPolicy = Pick<RetryPolicy, "retries"> & Partial<RetryPolicy>;

/** The user's number of retries, or parts of a policy. */
export type RetryOption =
  | number
  | { readonly [Member in keyof RetryPolicy]?: RetryPolicy[Member] | undefined };

/** Creates a policy from the user's policy or number of retries. Missing members come from `defaults`. */
export function createRetryPolicy(
  custom: RetryOption | undefined,
  defaults: RetryPolicy,
): RetryPolicy {
  const own = typeof custom === "number" ? { retries: custom } : custom;
  return {
    retries: own?.retries ?? defaults.retries,
    // Bound, because a policy may be an instance of a class.
    delay: own?.delay?.bind(own) ?? defaults.delay,
    shouldRetry: own?.shouldRetry?.bind(own) ?? defaults.shouldRetry,
  };
}

/**
 * Creates a policy of exponential backoff with full jitter. Each wait is random. Its maximum is `baseMs` at first, and
 * doubles with each attempt up to `maxMs`.
 */
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

/** Whether a status is a 4xx that a retry cannot fix: all except 408, 425 and 429. */
export function isFinalStatus(status: number): boolean {
  return status >= 400 && status <= 499 && ![408, 425, 429].includes(status);
}

function isTransient({ status }: RequestFailure): boolean {
  return status === undefined || (status >= 400 && !isFinalStatus(status));
}
