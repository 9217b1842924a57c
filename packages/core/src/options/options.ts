import type { FlagsmithClientError } from "../errors.ts";
import type { Flag, FlagValue } from "../flags/flag.ts";
import type { FlagEvaluation } from "../flags/flag-evaluation.ts";
import type { Logger } from "../platform/logger.ts";
import type { Fetch, WaitUntil } from "../platform/platform.ts";
import type { CustomRetryPolicy } from "../platform/retry-policy.ts";

/** How a client is set up; only `environmentKey` is needed. */
export interface FlagsmithOptions {
  /**
   * The environment's key: the client-side key, or a server-side one that starts with `ser.`, which
   * local evaluation needs. Only `offlineMode` goes without.
   */
  readonly environmentKey?: string | undefined;
  /**
   * Whether flags are evaluated here, from the environment document, instead of by the API.
   * @defaultValue `false`
   */
  readonly enableLocalEvaluation?: boolean | undefined;
  /**
   * Seconds between two loads of the environment document, give or take ten per cent; at most a day. Of
   * isolates that share a storage one loads it, and another does after twice the time at the latest.
   * @defaultValue `60`
   */
  readonly environmentRefreshIntervalSeconds?: number | undefined;
  /** In local evaluation: told of each new environment document, and of each load that failed. */
  readonly onEnvironmentChange?: EnvironmentChangeHandler | undefined;
  /** Keeps the last good environment document across restarts, and for other isolates. */
  readonly storage?: FlagsmithStorage | undefined;
  /**
   * Seconds that an isolate trusts its memory before it asks the storage again; 0 for every request.
   * Runtimes with background timers read the storage at the start only.
   * @defaultValue `30`
   */
  readonly storageCheckIntervalSeconds?: number | undefined;
  /**
   * Keeps an isolate at work after the answer, for refreshing in the background; `forRequest` gives it
   * for one request.
   */
  readonly waitUntil?: WaitUntil | undefined;
  /**
   * Whether no request is ever made: the offline handler's document answers, then the default flags; one of the
   * two handlers is needed. What the other options would load, send or follow is left out, so that this one alone
   * takes a client off line.
   * @defaultValue `false`
   */
  readonly offlineMode?: boolean | undefined;
  /** Its document answers when the API fails, in remote and in local mode, before default flags do. */
  readonly offlineHandler?: OfflineHandler | undefined;
  /**
   * Where the Flagsmith API is; the trailing slash is optional.
   * @defaultValue `"https://edge.api.flagsmith.com/api/v1/"`
   */
  readonly apiUrl?: string | undefined;
  /**
   * Seconds that one attempt may take, its body included; at most a day.
   * @defaultValue `10`
   */
  readonly requestTimeoutSeconds?: number | undefined;
  /**
   * Seconds that a call may take as a whole: all attempts and waits; at most two days. Only a slow
   * `offlineHandler` may take a second more.
   * @defaultValue twice `requestTimeoutSeconds`
   */
  readonly requestDeadlineSeconds?: number | undefined;
  /**
   * How many times a failed request is sent again (0 to 20), or a policy of your own; what that leaves out
   * is the adapter's: full-jitter backoff, and no retry of what would be refused again.
   * @defaultValue `3`; `1` in isolates
   */
  readonly retries?: number | CustomRetryPolicy | undefined;
  /** Sent with each request to the API, and to no other origin; none that HTTP or the SDK itself sets. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined;
  /** The name and version of your application, shown in Flagsmith's usage data. */
  readonly applicationMetadata?: ApplicationMetadata | undefined;
  /** Answers for unknown features, and for all of them when the API fails. */
  readonly defaultFlagHandler?: DefaultFlagHandler | undefined;
  /** Keeps flags between calls in remote mode; local evaluation and offline mode leave it unused. */
  readonly cache?: FlagCache | undefined;
  /**
   * Whether evaluations are counted and reported to Flagsmith, about every 10 s.
   * @defaultValue `false`
   */
  readonly enableAnalytics?: boolean | undefined;
  /**
   * The whole URL that takes the counts, where `apiUrl` does not: an Edge Proxy has no analytics.
   * @defaultValue `analytics/flags/` of `apiUrl`
   */
  readonly analyticsUrl?: string | undefined;
  /**
   * Whether events and exposures to experiments are sent to Flagsmith, about every 10 s or 1,000 of them.
   * @defaultValue `false`
   */
  readonly enableEvents?: boolean | undefined;
  /**
   * Where the events API is; required where `apiUrl` is not the hosted one.
   * @defaultValue `"https://events.api.flagsmith.com/"`
   */
  readonly eventsApiUrl?: string | undefined;
  /**
   * Whether the document is loaded as soon as Flagsmith tells of a change, on Node.js, Deno and Bun; it needs
   * `enableLocalEvaluation`. While the stream is open, polls come every five minutes, or as often as
   * `environmentRefreshIntervalSeconds` says where it is given. It keeps the process alive until `close()`.
   * Refused where nothing runs between requests: there, a webhook can fill the storage.
   * @defaultValue `false`
   */
  readonly enableRealtimeUpdates?: boolean | undefined;
  /**
   * Where Flagsmith tells of changes; required where `apiUrl` is not the hosted one.
   * @defaultValue `"https://realtime.flagsmith.com/"`
   */
  readonly realtimeApiUrl?: string | undefined;
  /**
   * Seconds after which a stream that brings no byte is taken for dead and replaced; at most a day. Some
   * runtimes do so themselves after five minutes.
   * @defaultValue `90`
   */
  readonly realtimeTimeoutSeconds?: number | undefined;
  /** Told of each flag that is asked for; see {@link FlagEvaluation}. */
  readonly onFlagEvaluated?: ((evaluation: FlagEvaluation) => unknown) | undefined;
  /**
   * Where warnings go.
   * @defaultValue `console`, warnings and errors only
   */
  readonly logger?: Logger | undefined;
  /**
   * Used instead of the runtime's own `fetch`, with the same meaning.
   * @defaultValue the runtime's `fetch`
   */
  readonly fetch?: Fetch | undefined;
}

/** What an application says of itself. */
export interface ApplicationMetadata {
  readonly name: string;
  readonly version?: string | undefined;
}

/**
 * Keeps the flags of remote mode between calls; expiry is the cache's own business.
 *
 * Keys are digests: they hold no environment key, identifier or trait in clear. Values are plain
 * JSON data. A `get` that fails, takes longer than a second or gives no list of flags (JSON text, for example)
 * counts as a miss. A call waits as long for `set`, unless it has a `waitUntil`.
 */
export interface FlagCache {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, flags: readonly Flag[]) => unknown;
}

/** What a {@link DefaultFlagHandler} returns: a `DefaultFlag`, or a plain object like one. */
export interface DefaultFlagLike {
  readonly enabled: boolean;
  readonly value?: FlagValue | undefined;
}

/** Gives the flag for a feature that the environment does not answer for; what it throws reaches the caller. */
export type DefaultFlagHandler = (featureName: string) => DefaultFlagLike;

/** Supplies an environment document where the API is not asked, or cannot be reached. */
export interface OfflineHandler {
  /**
   * The document as the API sends it; asked for when it is first needed, and by `updateEnvironment()` in offline
   * mode. It has what is left of the call's time, at least a second.
   */
  readonly getEnvironment: () => unknown;
}

/** Told of each new environment document, and of each load that failed; not of one that brought the same. */
export type EnvironmentChangeHandler = (
  error: FlagsmithClientError | null,
  change: {
    /** When Flagsmith last changed the document in use, in ISO 8601, where that is known. */
    readonly updatedAt: string | undefined;
  },
) => void;

/**
 * Keeps the last good environment document across restarts and isolates: any unstorage driver, or two functions.
 *
 * Keys consist of `A-Z a-z 0-9 _ -` and are at most 80 characters long. A read is waited for two seconds at most, a
 * write for five; one that fails costs a request, never an answer.
 */
export interface FlagsmithStorage {
  /** The value of a key, as it was set or parsed from JSON; `null` or `undefined` where there is none. */
  readonly getItem: (key: string) => unknown;
  /** Missing where the store is read-only. */
  readonly setItem?: ((key: string, value: string) => unknown) | undefined;
}
