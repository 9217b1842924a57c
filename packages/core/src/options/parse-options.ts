import * as v from "valibot";
import { FlagsmithClientError, invalidOption } from "../errors.ts";
import { hostedApiUrl, hostedEventsUrl, hostedRealtimeUrl, withSlash } from "./hosted-urls.ts";
import {
  aBoolean,
  aFunction,
  aKey,
  anHttpUrl,
  type Complaint,
  headers,
  metadata,
  methods,
  retries,
  seconds,
  secondsPerDay,
} from "./option-checks.ts";
import type { FlagsmithOptions } from "./options.ts";

/** The options as they are used: checked, with every default in place. */
export interface ParsedOptions
  extends Omit<
    FlagsmithOptions,
    | "requestTimeoutSeconds"
    | "requestDeadlineSeconds"
    | "environmentRefreshIntervalSeconds"
    | "storageCheckIntervalSeconds"
    | "realtimeTimeoutSeconds"
  > {
  /** Empty in offline mode. */
  readonly environmentKey: string;
  readonly enableLocalEvaluation: boolean;
  readonly enableAnalytics: boolean;
  readonly enableEvents: boolean;
  readonly enableRealtimeUpdates: boolean;
  readonly offlineMode: boolean;
  readonly environmentRefreshIntervalMs: number;
  /** Between polls while a stream tells of changes: rare, unless the user says how often. */
  readonly safetyPollIntervalMs: number;
  readonly storageCheckIntervalMs: number;
  readonly realtimeTimeoutMs: number;
  /** Ends with a slash, like all but the next one, which is used as it is. */
  readonly apiUrl: string;
  readonly analyticsUrl: string;
  /** Used only where events are enabled; there they are never a third party's by default. */
  readonly eventsApiUrl: string;
  readonly realtimeApiUrl: string;
  readonly requestTimeoutMs: number;
  readonly requestDeadlineMs: number;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Node's own option; `createConnection` refuses it where the platform takes none. */
  readonly agent?: unknown;
}

type Given = Required<FlagsmithOptions> & Pick<ParsedOptions, "agent">;

/** One for each option and no other, of that option's own type. */
type Entries = { readonly [Name in keyof Given]: v.GenericSchema<unknown, Given[Name]> };

const entries = {
  environmentKey: option<string>(aKey),
  enableLocalEvaluation: option<boolean>(aBoolean),
  environmentRefreshIntervalSeconds: option<number>(seconds(secondsPerDay)),
  onEnvironmentChange: option<Given["onEnvironmentChange"]>(aFunction),
  storageCheckIntervalSeconds: option<number>(seconds(secondsPerDay, { orZero: true })),
  waitUntil: option<Given["waitUntil"]>(aFunction),
  storage: option<Given["storage"]>(methods("getItem")),
  offlineMode: option<boolean>(aBoolean),
  offlineHandler: option<Given["offlineHandler"]>(methods("getEnvironment")),
  apiUrl: option<string>(anHttpUrl),
  requestTimeoutSeconds: option<number>(seconds(secondsPerDay)),
  requestDeadlineSeconds: option<number>(seconds(2 * secondsPerDay)),
  retries: option<Given["retries"]>(retries),
  customHeaders: option<Given["customHeaders"]>(headers),
  applicationMetadata: option<Given["applicationMetadata"]>(metadata),
  defaultFlagHandler: option<Given["defaultFlagHandler"]>(aFunction),
  cache: option<Given["cache"]>(methods("get", "set")),
  enableAnalytics: option<boolean>(aBoolean),
  analyticsUrl: option<string>(anHttpUrl),
  enableEvents: option<boolean>(aBoolean),
  eventsApiUrl: option<string>(anHttpUrl),
  enableRealtimeUpdates: option<boolean>(aBoolean),
  realtimeApiUrl: option<string>(anHttpUrl),
  realtimeTimeoutSeconds: option<number>(seconds(secondsPerDay)),
  onFlagEvaluated: option<Given["onFlagEvaluated"]>(aFunction),
  logger: option<Given["logger"]>(methods("warn", "error")),
  fetch: option<Given["fetch"]>(aFunction),
  agent: v.optional(v.custom<unknown>(() => true)),
} satisfies Entries;

const schema = v.object(entries);

/**
 * Checks the options and puts in the defaults.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option and never its value.
 */
export function parseOptions(options: FlagsmithOptions): ParsedOptions {
  const { output, issues } = v.safeParse(schema, options, { abortEarly: true });
  if (issues !== undefined) throw refusal(issues[0]);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(entries, name)) throw invalidOption(name, "is not an option");
  }
  const {
    environmentKey = "",
    enableLocalEvaluation = false,
    environmentRefreshIntervalSeconds = 60,
    storageCheckIntervalSeconds = 30,
    offlineMode = false,
    apiUrl: givenApiUrl = hostedApiUrl,
    requestTimeoutSeconds = 10,
    requestDeadlineSeconds = requestTimeoutSeconds * 2,
    customHeaders = {},
    applicationMetadata,
    enableAnalytics = false,
    enableEvents = false,
    enableRealtimeUpdates = false,
    realtimeTimeoutSeconds = 90,
    ...rest
  } = output;
  const apiUrl = withSlash(givenApiUrl);
  const {
    analyticsUrl = `${apiUrl}analytics/flags/`,
    eventsApiUrl = hostedEventsUrl,
    realtimeApiUrl = hostedRealtimeUrl,
  } = rest;
  const parsed = {
    ...rest,
    environmentKey,
    enableLocalEvaluation,
    offlineMode,
    enableAnalytics,
    enableEvents,
    enableRealtimeUpdates,
    // Copied: what the caller does to them later must change nothing here.
    customHeaders: { ...customHeaders },
    applicationMetadata: applicationMetadata && { ...applicationMetadata },
    apiUrl,
    analyticsUrl,
    eventsApiUrl: withSlash(eventsApiUrl),
    realtimeApiUrl: withSlash(realtimeApiUrl),
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    requestDeadlineMs: requestDeadlineSeconds * 1000,
    environmentRefreshIntervalMs: environmentRefreshIntervalSeconds * 1000,
    safetyPollIntervalMs: (output.environmentRefreshIntervalSeconds ?? 300) * 1000,
    storageCheckIntervalMs: storageCheckIntervalSeconds * 1000,
    realtimeTimeoutMs: realtimeTimeoutSeconds * 1000,
  };
  assertConsistent(parsed, rest);
  return parsed;
}

/** What no option is by itself, but all of them together; `modeOf` adds what depends on the adapter. */
function assertConsistent(parsed: ParsedOptions, given: FlagsmithOptions): void {
  const { environmentKey, enableLocalEvaluation, enableEvents, enableRealtimeUpdates } = parsed;
  if (parsed.offlineMode) {
    // What only requests need is not asked for: one switch must take a client off line.
    if (given.offlineHandler ?? given.defaultFlagHandler) return;
    throw invalidOption("offlineMode", "needs an offlineHandler or a defaultFlagHandler to answer");
  }
  if (environmentKey === "") throw invalidOption("environmentKey", "is required");
  if (enableLocalEvaluation && !environmentKey.startsWith("ser.")) {
    throw invalidOption("environmentKey", "must be a server-side key, ser.…, for local evaluation");
  }
  // No key and no trait may go to a third party because nobody said where else.
  const needed = {
    ...(enableEvents && { eventsApiUrl: given.eventsApiUrl }),
    ...(enableRealtimeUpdates && { realtimeApiUrl: given.realtimeApiUrl }),
  };
  for (const [name, url] of Object.entries(needed)) {
    if (url === undefined && parsed.apiUrl !== hostedApiUrl) {
      throw invalidOption(name, "is required where apiUrl is not the hosted API");
    }
  }
}

function refusal({ path, message }: v.BaseIssue<unknown>): FlagsmithClientError {
  const option = path?.[0]?.key;
  if (typeof option === "string") return invalidOption(option, message);
  return new FlagsmithClientError("INVALID_OPTIONS", "The options must be an object.");
}

function checked<T>(complaint: Complaint) {
  return v.custom<T>(
    (input) => complaint(input) === undefined,
    ({ input }) => complaint(input) ?? "",
  );
}

function option<T>(complaint: Complaint) {
  return v.optional(checked<T>(complaint));
}
