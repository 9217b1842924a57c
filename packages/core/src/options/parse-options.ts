import * as v from "valibot";
import { createOptionError, createUnknownOptionError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Fetch, WaitUntil } from "../platform/platform.ts";
import type { RetryOption } from "../platform/retry-policy.ts";
import { hostedApiUrl, hostedEventsUrl, hostedRealtimeUrl, withSlash } from "./hosted-urls.ts";
import {
  booleanOption,
  bytesOption,
  durationOption,
  eventProcessorOption,
  failureOption,
  functionOption,
  headersOption,
  isObject,
  keyOption,
  logLevelOption,
  metadataOption,
  methodsOption,
  type OptionSchema,
  retriesOption,
  secondsPerDay,
  urlOption,
} from "./option-checks.ts";
import type {
  DefaultFlagHandler,
  EnvironmentChangeHandler,
  EnvironmentChanges,
  FlagCache,
  FlagsmithOptions,
  FlagsmithStorage,
  OfflineHandler,
  RemoteComparison,
} from "./options.ts";

/** The checked options, with defaults. Durations are in milliseconds. All URLs except `analyticsUrl` end with a slash. */
export interface ParsedOptions extends Omit<FlagsmithOptions, `${string}Seconds` | "retries"> {
  /** Empty in offline mode without a key. */
  readonly environmentKey: string;
  readonly enableLocalEvaluation: boolean;
  readonly offlineMode: boolean;
  readonly apiUrl: string;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly circuitBreaker: boolean;
  readonly maxResponseBytes: number;
  readonly maxDocumentBytes: number;
  readonly strictTraits: boolean;
  readonly enableAnalytics: boolean;
  readonly analyticsUrl: string;
  readonly enableEvents: boolean;
  readonly eventsApiUrl: string;
  readonly enableRealtimeUpdates: boolean;
  readonly realtimeApiUrl: string;
  readonly requestTimeoutMs: number;
  readonly requestDeadlineMs: number;
  readonly environmentRefreshIntervalMs: number;
  /** Whether the document is not loaded again after the first load. */
  readonly loadsOnce: boolean;
  /** The time between polls while a realtime stream is open. */
  readonly safetyPollIntervalMs: number;
  readonly storageCheckIntervalMs: number;
  readonly retries?: RetryOption | undefined;
  readonly realtimeTimeoutMs: number;
  /** An option of Node.js. Other platforms reject it. */
  readonly agent?: unknown;
}

/** The schema and the default of each option. Defaults that depend on other options are in {@link parseOptions}. */
const entries = {
  environmentKey: v.optional(keyOption),
  enableLocalEvaluation: v.optional(booleanOption, false),
  environmentRefreshIntervalSeconds: v.optional(durationOption(secondsPerDay, { orZero: true })),
  onEnvironmentChange: v.optional(functionOption<EnvironmentChangeHandler>()),
  storageCheckIntervalSeconds: v.optional(durationOption(secondsPerDay, { orZero: true })),
  waitUntil: v.optional(functionOption<WaitUntil>()),
  bootstrap: v.optional(v.custom<unknown>(() => true)),
  storage: v.optional(methodsOption<FlagsmithStorage>("getItem")),
  changes: v.optional(methodsOption<EnvironmentChanges>("subscribe")),
  compareWithRemote: v.optional(methodsOption<RemoteComparison>("start")),
  offlineMode: v.optional(booleanOption, false),
  offlineHandler: v.optional(methodsOption<OfflineHandler>("getEnvironment")),
  apiUrl: v.optional(urlOption, hostedApiUrl),
  requestTimeoutSeconds: v.optional(durationOption(secondsPerDay), 10),
  requestDeadlineSeconds: v.optional(durationOption(2 * secondsPerDay)),
  retries: v.optional(retriesOption),
  requestRetryDelayMilliseconds: v.optional(durationOption(secondsPerDay * 1000, { orZero: true })),
  circuitBreaker: v.optional(booleanOption, true),
  maxResponseBytes: v.optional(bytesOption, 8_000_000),
  maxDocumentBytes: v.optional(bytesOption, 64_000_000),
  strictTraits: v.optional(booleanOption, false),
  customHeaders: v.optional(headersOption),
  applicationMetadata: v.optional(metadataOption),
  defaultFlagHandler: v.optional(functionOption<DefaultFlagHandler>()),
  onFailure: v.optional(failureOption),
  cache: v.optional(methodsOption<FlagCache>("get", "set")),
  enableAnalytics: v.optional(booleanOption, false),
  analyticsUrl: v.optional(urlOption),
  enableEvents: v.optional(booleanOption, false),
  eventsApiUrl: v.optional(urlOption),
  eventProcessorConfig: v.optional(eventProcessorOption),
  enableRealtimeUpdates: v.optional(booleanOption, false),
  realtimeApiUrl: v.optional(urlOption),
  realtimeTimeoutSeconds: v.optional(durationOption(secondsPerDay), 90),
  onStatusChange: v.optional(functionOption<FlagsmithOptions["onStatusChange"]>()),
  onFlagEvaluated: v.optional(functionOption<FlagsmithOptions["onFlagEvaluated"]>()),
  logger: v.optional(methodsOption<Logger>("warn", "error")),
  logLevel: v.optional(logLevelOption, "info"),
  fetch: v.optional(functionOption<Fetch>()),
  agent: v.optional(v.custom<unknown>(() => true)),
} satisfies Record<keyof FlagsmithOptions | "agent", v.GenericSchema>;

/** A shorter interval is likely to be in another unit, and would burden the API. */
const minLoadIntervalMs = 1000;

/**
 * Checks the options and adds the defaults.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option and never its value.
 */
export function parseOptions(options: FlagsmithOptions): ParsedOptions {
  const output = readOptions(options);
  rejectUnknown(options);
  const given = {
    ...output,
    eventsApiUrl: output.eventsApiUrl ?? output.eventProcessorConfig?.eventsApiUrl,
  };
  const apiUrl = withSlash(output.apiUrl);
  const { requestTimeoutSeconds, retries, requestRetryDelayMilliseconds: retryDelayMs } = output;
  // 0 is not the time between two loads.
  const intervalSeconds = output.environmentRefreshIntervalSeconds || undefined;
  const parsed = {
    ...given,
    retries:
      retryDelayMs === undefined || typeof retries === "object"
        ? retries
        : { retries, delay: () => retryDelayMs },
    environmentKey: output.environmentKey ?? "",
    // Copied, because the caller may change them later.
    customHeaders: { ...output.customHeaders },
    applicationMetadata: output.applicationMetadata && { ...output.applicationMetadata },
    apiUrl,
    analyticsUrl: output.analyticsUrl ?? `${apiUrl}analytics/flags/`,
    eventsApiUrl: withSlash(given.eventsApiUrl ?? hostedEventsUrl),
    realtimeApiUrl: withSlash(output.realtimeApiUrl ?? hostedRealtimeUrl),
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    requestDeadlineMs: (output.requestDeadlineSeconds ?? requestTimeoutSeconds * 2) * 1000,
    environmentRefreshIntervalMs: Math.max((intervalSeconds ?? 60) * 1000, minLoadIntervalMs),
    loadsOnce: output.environmentRefreshIntervalSeconds === 0,
    safetyPollIntervalMs: Math.max((intervalSeconds ?? 300) * 1000, minLoadIntervalMs),
    storageCheckIntervalMs:
      (output.storageCheckIntervalSeconds ?? Math.min(30, (intervalSeconds ?? 60) / 2)) * 1000,
    realtimeTimeoutMs: output.realtimeTimeoutSeconds * 1000,
  };
  assertConsistent(parsed, given);
  return parsed;
}

/**
 * Rejects a misspelt option. Other members may have no value, or belong to an instance of a class, such as a service
 * with the configuration of an application.
 */
function rejectUnknown(options: FlagsmithOptions): void {
  const prototype: unknown = Object.getPrototypeOf(options);
  // The prototype of plain objects, also of another realm, is the only one without a prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return;
  const names = Object.keys(entries);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !names.includes(name)) throw createUnknownOptionError(name, names);
  }
}

/** Reads each option once. Not a schema of valibot, because that fails if `Object.prototype` has been extended. */
function readOptions(
  options: FlagsmithOptions,
): v.InferOutput<v.ObjectSchema<typeof entries, undefined>> {
  if (!isObject(options)) {
    throw new FlagsmithClientError("INVALID_OPTIONS", "The options must be an object.");
  }
  const read = Object.entries(entries).map(([name, schema]) => [
    name,
    assertOption(name, schema, Reflect.get(options, name)),
  ]);
  return Object.fromEntries(read);
}

/** Checks one option and returns it, or its default. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function assertOption<T>(name: string, schema: OptionSchema<T>, value: unknown): T {
  const { output, issues } = v.safeParse(schema, value);
  if (issues) throw createOptionError(name, issues[0].message);
  return output;
}

/** Checks combinations of options. {@link assertSupported} checks those that depend on the adapter. */
function assertConsistent(parsed: ParsedOptions, given: FlagsmithOptions): void {
  const { environmentKey, apiUrl } = parsed;
  if (parsed.offlineMode) {
    // Options of the network are not checked, so that setting `offlineMode` is enough to go offline.
    if (given.offlineHandler ?? given.defaultFlagHandler ?? given.onFailure === "empty") return;
    throw createOptionError(
      "offlineMode",
      'needs an offlineHandler, a defaultFlagHandler or onFailure: "empty"',
    );
  }
  if (environmentKey === "")
    throw createOptionError("environmentKey", "is required: see SDK Keys in Flagsmith");
  if (parsed.enableLocalEvaluation && !environmentKey.startsWith("ser.")) {
    throw createOptionError(
      "environmentKey",
      "must be a server-side key, ser.…, for local evaluation",
    );
  }
  if (apiUrl === hostedApiUrl) return;
  // Keys and traits must not reach the hosted service without consent.
  const required = {
    eventsApiUrl: parsed.enableEvents,
    realtimeApiUrl: parsed.enableRealtimeUpdates,
  };
  for (const name of ["eventsApiUrl", "realtimeApiUrl"] as const) {
    if (required[name] && given[name] === undefined) {
      throw createOptionError(name, "is required if apiUrl is not the hosted API");
    }
  }
}

/** The options that need a module of the adapter, and what to use without it. Some of them are ignored in remote mode. */
const moduleOptions = [
  ["enableRealtimeUpdates", "realtime", ": use createWebhookHandler with a storage instead"],
  ["changes", "fleet", ": use a storage"],
  ["offlineMode", "local", ""],
  ["enableLocalEvaluation", "local", ""],
  ["offlineHandler", "local", ""],
  ["storage", "local", ""],
  ["bootstrap", "local", ""],
  ["onEnvironmentChange", "local", ""],
] as const;

/** Rejects options that this adapter or this mode does not support. */
export function assertSupported(
  options: ParsedOptions,
  modules: { readonly local?: unknown; readonly realtime?: unknown; readonly fleet?: unknown },
): void {
  for (const [option, module, advice] of moduleOptions) {
    if (options[option] && modules[module] === undefined) {
      throw createOptionError(option, `is not supported by this adapter${advice}`);
    }
  }
  const isLocal = options.offlineMode || options.enableLocalEvaluation;
  if (options.enableRealtimeUpdates && !isLocal) {
    throw createOptionError("enableRealtimeUpdates", "needs enableLocalEvaluation");
  }
}
