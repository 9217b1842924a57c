import type { FlagsmithClientError, FlagsmithErrorCode } from "../errors.ts";
import type { Flag, FlagValue } from "../flags/flag.ts";
import type { FlagEvaluation, FlagSource } from "../flags/flag-evaluation.ts";
import type { Logger, LogLevel } from "../platform/logger.ts";
import type { Fetch, WaitUntil } from "../platform/platform.ts";
import type { CustomRetryPolicy } from "../platform/retry-policy.ts";

/** Options of a client. `environmentKey` is required, except in offline mode. */
export interface FlagsmithOptions {
  /**
   * The environment's key: the client-side key, or a server-side key, which starts with `ser.`.
   * Required, except in offline mode. Local evaluation needs a server-side key.
   */
  readonly environmentKey?: string | undefined;
  /**
   * Whether flags are evaluated in this process, from the environment document. Otherwise the API evaluates them.
   * @defaultValue `false`
   */
  readonly enableLocalEvaluation?: boolean | undefined;
  /**
   * Seconds between two loads of the environment document, plus or minus 10 %. At least 1 s, whatever the value. At
   * most a day. `0` loads it once, and then only with `updateEnvironment()` or when a change is announced.
   *
   * Isolates with a shared `storage` load it once per interval. If the isolate that loaded it last is gone, another
   * one takes over after at most two intervals.
   * @defaultValue `60`
   */
  readonly environmentRefreshIntervalSeconds?: number | undefined;
  /** Called for each new environment document and for each load that failed. Local evaluation only. */
  readonly onEnvironmentChange?: EnvironmentChangeHandler | undefined;
  /**
   * A copy of the environment document, its JSON text, or a promise of either, for example from the deployment.
   * It answers calls until the first document from the storage or the API. Local evaluation only.
   */
  readonly bootstrap?: unknown;
  /** Stores the last valid environment document for restarts and for other isolates. Local evaluation only. */
  readonly storage?: FlagsmithStorage | undefined;
  /**
   * Announces changes to the other processes with the same `storage`, and receives their announcements, so that
   * a change reaches all of them at once. Local evaluation on Node.js, Bun and Deno only.
   */
  readonly changes?: EnvironmentChanges | undefined;
  /**
   * Seconds between two reads of the storage, which may hold a newer document of another process. `0` reads it in each
   * request of an isolate, elsewhere every second. At most a day.
   * @defaultValue `30`, or half of `environmentRefreshIntervalSeconds` if that is less
   */
  readonly storageCheckIntervalSeconds?: number | undefined;
  /**
   * Keeps an isolate working after the response, so that it can refresh in the background. `forRequest()` sets it for
   * one request.
   */
  readonly waitUntil?: WaitUntil | undefined;
  /**
   * Whether the client works offline, without any request. Flags come from the offline handler's document, then from
   * `defaultFlagHandler`. One of them is required, or `onFailure: "empty"`. Options that need the network (analytics,
   * events, realtime) are ignored.
   * @defaultValue `false`
   */
  readonly offlineMode?: boolean | undefined;
  /** Supplies a document if the API fails, in remote and in local evaluation. Used before default flags. */
  readonly offlineHandler?: OfflineHandler | undefined;
  /**
   * The URL of the Flagsmith API. The trailing slash is optional.
   * @defaultValue `"https://edge.api.flagsmith.com/api/v1/"`
   */
  readonly apiUrl?: string | undefined;
  /**
   * Seconds that one attempt may take, including its body. At most a day.
   * @defaultValue `10`
   */
  readonly requestTimeoutSeconds?: number | undefined;
  /**
   * Seconds that a call may take, including all attempts and waits. At most two days. Only an `offlineHandler` may
   * take up to a second longer.
   * @defaultValue twice `requestTimeoutSeconds`
   */
  readonly requestDeadlineSeconds?: number | undefined;
  /**
   * The number of retries after a failed request (0 to 20), or a retry policy. Members that a policy omits come from
   * the adapter: full-jitter backoff, and no retry of requests that would be refused again.
   * @defaultValue `3`, or `1` in isolates
   */
  readonly retries?: number | CustomRetryPolicy | undefined;
  /**
   * The wait before each retry in milliseconds, for code that was written for Flagsmith's Node.js client. At most a day.
   * @defaultValue the waits of `retries`
   */
  readonly requestRetryDelayMilliseconds?: number | undefined;
  /**
   * Whether calls of remote evaluation fail immediately during an outage, instead of making their own attempts. After
   * five failed calls in a row, one call at a time probes the API, at least every 10 s. Also limits the retries of
   * concurrent calls and applies a `Retry-After` to all calls.
   * @defaultValue `true`
   */
  readonly circuitBreaker?: boolean | undefined;
  /**
   * The longest response in bytes, after decompression. A longer one is `INVALID_RESPONSE`.
   * @defaultValue `8_000_000`
   */
  readonly maxResponseBytes?: number | undefined;
  /**
   * The longest environment document in bytes, with all its pages, after decompression.
   * @defaultValue `64_000_000`
   */
  readonly maxDocumentBytes?: number | undefined;
  /**
   * Whether an invalid trait throws `INVALID_TRAIT`. Otherwise it is dropped with a warning, and the other traits are
   * used.
   * @defaultValue `false`
   */
  readonly strictTraits?: boolean | undefined;
  /** Headers of each request to the origin of `apiUrl`. Headers of HTTP and of the SDK itself are rejected. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined;
  /** The name and version of your application, shown in Flagsmith's usage data. */
  readonly applicationMetadata?: ApplicationMetadata | undefined;
  /** Returns the flag for an unknown feature, and for every feature if the API fails. */
  readonly defaultFlagHandler?: DefaultFlagHandler | undefined;
  /**
   * The outcome of a call if the API fails and neither an `offlineHandler` nor a `defaultFlagHandler` replaces the result.
   * `"throw"` rejects the call. `"empty"` returns `Flags` without features, so that the defaults of `getNumber()`,
   * `getString()` and `getJson()` apply.
   * @defaultValue `"throw"`
   */
  readonly onFailure?: "throw" | "empty" | undefined;
  /** Caches flags in remote evaluation. Local evaluation and offline mode do not use it. */
  readonly cache?: FlagCache | undefined;
  /**
   * Whether evaluations are counted and reported to Flagsmith about every 10 s.
   * @defaultValue `false`
   */
  readonly enableAnalytics?: boolean | undefined;
  /**
   * The complete URL for the counts. Required if `apiUrl` is an Edge Proxy, which has no analytics endpoint.
   * @defaultValue `analytics/flags/` of `apiUrl`
   */
  readonly analyticsUrl?: string | undefined;
  /**
   * Whether events and exposures to experiments are sent to Flagsmith, about every 10 s or when 1,000 are queued.
   * @defaultValue `false`
   */
  readonly enableEvents?: boolean | undefined;
  /**
   * The URL of the events API. Required with a custom `apiUrl`.
   * @defaultValue `"https://events.api.flagsmith.com/"`
   */
  readonly eventsApiUrl?: string | undefined;
  /**
   * The events options of Flagsmith's Node.js client. Only `eventsApiUrl` has an effect, if the option of that name is
   * not set.
   */
  readonly eventProcessorConfig?:
    | {
        readonly eventsApiUrl?: string | undefined;
        readonly maxBuffer?: number | undefined;
        readonly flushInterval?: number | undefined;
        readonly requestTimeoutMs?: number | undefined;
      }
    | undefined;
  /**
   * Whether the document is loaded as soon as Flagsmith announces a change. Needs `enableLocalEvaluation` on Node.js,
   * Deno or Bun, and keeps the process alive until `close()`.
   *
   * While the stream is open, polls happen every 300 s, or every `environmentRefreshIntervalSeconds` if that is set.
   * Isolates reject this option: use a webhook that fills the storage instead.
   * @defaultValue `false`
   */
  readonly enableRealtimeUpdates?: boolean | undefined;
  /**
   * The URL of the realtime service. Required with a custom `apiUrl`.
   * @defaultValue `"https://realtime.flagsmith.com/"`
   */
  readonly realtimeApiUrl?: string | undefined;
  /**
   * Seconds without data after which the stream is reconnected. At most a day. Some runtimes close silent streams
   * after five minutes.
   * @defaultValue `90`
   */
  readonly realtimeTimeoutSeconds?: number | undefined;
  /**
   * Called when the `state` or the `problem` of `status()` changes. In an isolate, changes are noticed at the next call.
   */
  readonly onStatusChange?: ((status: ClientStatus, previous: ClientStatus) => unknown) | undefined;
  /** Called for each flag that is read. */
  readonly onFlagEvaluated?: ((evaluation: FlagEvaluation) => unknown) | undefined;
  /**
   * Evaluates a sample of the local results again by the API and reports differences: the result of
   * `compareWithRemote()` from `flagsmith-isomorphic/comparison`. Sends the identifiers and traits of the sample to the
   * API. Ignored without local evaluation.
   */
  readonly compareWithRemote?: RemoteComparison | undefined;
  /**
   * Receives log messages.
   * @defaultValue `console`, from `logLevel` on
   */
  readonly logger?: Logger | undefined;
  /**
   * The least level that is printed to `console`. A `logger` of your own receives the messages of all levels.
   * @defaultValue `"info"`
   */
  readonly logLevel?: LogLevel | undefined;
  /**
   * Sends each request, instead of the runtime's `fetch`.
   * @defaultValue the runtime's `fetch`
   */
  readonly fetch?: Fetch | undefined;
}

/** The name and version of an application. */
export interface ApplicationMetadata {
  readonly name: string;
  readonly version?: string | undefined;
}

/**
 * Caches flags in remote evaluation. The cache itself expires its entries.
 *
 * Keys are digests: they contain no environment key, identifier or trait in plain text. Values are plain JSON data. A
 * `get` that fails or does not return a list of flags counts as a miss. A call waits for `get` for at most a second, or
 * half of its deadline if that is shorter. For `set` it waits for at most a second, or not at all with a `waitUntil`.
 * After such a wait for `get`, or a wait of a second for `set`, calls skip the cache for 10 s.
 */
export interface FlagCache {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, flags: readonly Flag[]) => unknown;
}

/** The result of a {@link DefaultFlagHandler}: a `DefaultFlag`, or a plain object with the same members. */
export interface DefaultFlagLike {
  readonly enabled: boolean;
  /** An object or an array becomes JSON text, with one warning. */
  readonly value?: FlagValue | object | undefined;
  readonly isDefault?: boolean | undefined;
}

/**
 * Returns the default flag of a feature. Its exceptions reach the caller. A result of another type is converted, with one
 * warning.
 */
export type DefaultFlagHandler = (featureName: string) => DefaultFlagLike;

/** Supplies an environment document in offline mode and when the API fails. */
export interface OfflineHandler {
  /**
   * Returns the document in the format of the API, or a promise of it.
   *
   * Called when the document is first needed, and by `updateEnvironment()` in offline mode. It may take the rest of
   * the call's deadline, and at least a second.
   */
  readonly getEnvironment: () => unknown;
}

/** Called for each new environment document and for each load that failed, but not for an unchanged document. */
export type EnvironmentChangeHandler = (
  /** `null` after a successful load. */
  error: FlagsmithClientError | null,
  change: EnvironmentChange,
) => unknown;

/** The state of a client, from `status()`. */
export interface ClientStatus {
  /**
   * Whether the client can answer calls:
   * - `idle`: nothing was loaded yet.
   * - `loading`: the first load is in progress.
   * - `ready`: it can. In remote mode: until the circuit opens.
   * - `stale`: it answers with a document that the API has not confirmed for two intervals, or never.
   * - `unavailable`: calls use their fallbacks.
   * - `closed`: after `close()`.
   */
  readonly state: "idle" | "loading" | "ready" | "stale" | "unavailable" | "closed";
  /** Why the last load failed, or the last request in remote mode. `unauthorized`: 401, 403 or a missing permission. */
  readonly problem: "failing" | "unauthorized" | undefined;
  /** The source of the document in memory, or `remote` in remote mode. */
  readonly source: FlagSource | undefined;
  /** When Flagsmith last changed the document in memory, in ISO 8601. */
  readonly documentUpdatedAt: string | undefined;
  /** The date of an older document that the API returns at present, and that is not used. */
  readonly ignoredUpdatedAt: string | undefined;
  /** When the API last returned the document, to this or another process, in ISO 8601. `undefined` if unknown. */
  readonly loadedAt: string | undefined;
  /** Seconds since then. */
  readonly ageSeconds: number | undefined;
  /** The last failure, which may be over. `at` is in ISO 8601. */
  readonly lastError:
    | {
        readonly code: FlagsmithErrorCode;
        /** The HTTP status, if there was a response. */
        readonly status: number | undefined;
        readonly message: string;
        readonly at: string;
      }
    | undefined;
  /** Failed loads since the last one that succeeded. In remote mode: failed calls. */
  readonly consecutiveFailures: number;
  /** The stream of realtime updates. `undefined` without `enableRealtimeUpdates`. */
  readonly realtime: "open" | "closed" | undefined;
  /** The circuit breaker of remote mode. `undefined` in other modes, and with `circuitBreaker: false`. */
  readonly circuit: "closed" | "open" | "half-open" | undefined;
}

/** The second argument of an {@link EnvironmentChangeHandler}. */
export interface EnvironmentChange {
  /** When Flagsmith last changed the document in use, in ISO 8601. `undefined` if unknown. */
  readonly updatedAt: string | undefined;
  /**
   * The names of the features whose flag may differ for at least one identity: through their state, a segment or
   * an override. Empty after a failed load. `undefined` if any may differ, for example with the first document.
   *
   * Computed when it is read first. Read it before the callback returns: later it is `undefined`.
   */
  readonly changedFeatures: readonly string[] | undefined;
}

/**
 * Stores the last valid environment document for restarts and other isolates: an unstorage driver, or two functions.
 *
 * Keys consist of `A-Z a-z 0-9 _ -` and have at most 80 characters. A read may take 2 s and a write 5 s. A failure
 * costs an extra request, but never fails a call.
 */
export interface FlagsmithStorage {
  /**
   * Returns the value of a key: as it was stored, as its bytes, or parsed from JSON. `null` or `undefined` if there is
   * none.
   */
  readonly getItem: (key: string) => unknown;
  /** Stores a value. Omit it for a read-only storage. */
  readonly setItem?: ((key: string, value: string) => unknown) | undefined;
  /**
   * The least number of seconds between two writes that only renew the date of an unchanged document.
   * @defaultValue `0`
   */
  readonly minRenewalSeconds?: number | undefined;
  /**
   * Resolves to `true` if no process has acquired this key within the last `ttlSeconds`, which may have a fraction.
   * Exactly one of several concurrent calls may return `true`. With it, one process loads a change for all.
   */
  readonly tryAcquire?:
    | ((key: string, ttlSeconds: number) => boolean | Promise<boolean>)
    | undefined;
}

/**
 * Carries announcements of new environment documents between processes, for example `redisChanges`.
 *
 * A failure is logged. Then changes arrive with the next read of the storage.
 */
export interface EnvironmentChanges {
  /**
   * Starts to call `onChange` with each message that a process publishes. Returns a function that ends this, or a
   * promise of one. Repeated after the next load if it fails.
   */
  readonly subscribe: (
    onChange: (message?: string) => void,
  ) => (() => unknown) | Promise<() => unknown>;
  /** Sends a short message to all subscribers. Omit it for a process that only listens. */
  readonly publish?: ((message: string) => unknown) | undefined;
}

/** A comparison of local results with those of the API, created by `compareWithRemote()`. */
export interface RemoteComparison {
  /** Called by the client when it is created. Returns the evaluator to use. */
  readonly start: <T extends object>(evaluator: T, environment: object, client: object) => T;
}
