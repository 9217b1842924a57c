import * as v from "valibot";
import { FlagsmithClientError } from "./errors.ts";
import type { FlagsmithOptions } from "./options.ts";
import { hostedApiUrl, withSlash } from "./ports/api-url.ts";
import type { FlagCache } from "./ports/cache.ts";
import type { DefaultFlagHandler } from "./ports/default-flag-handler.ts";
import type { Logger } from "./ports/logger.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";
import type { Fetch, WaitUntil } from "./ports/platform.ts";
import type { ReportChange } from "./ports/report-change.ts";
import type { RetryPolicy } from "./ports/retry-policy.ts";
import type { FlagsmithStorage } from "./ports/storage.ts";

/** The options as they are used: checked, with every default in place. */
export interface ParsedOptions
  extends Omit<
    FlagsmithOptions,
    | "requestTimeoutSeconds"
    | "requestDeadlineSeconds"
    | "environmentRefreshIntervalSeconds"
    | "storageCheckIntervalSeconds"
  > {
  /** Empty in offline mode. */
  readonly environmentKey: string;
  readonly enableLocalEvaluation: boolean;
  readonly offlineMode: boolean;
  readonly environmentRefreshIntervalMs: number;
  readonly storageCheckIntervalMs: number;
  /** Ends with a slash. */
  readonly apiUrl: string;
  readonly requestTimeoutMs: number;
  readonly requestDeadlineMs: number;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Node's own option; on other runtimes `compose` refuses it. */
  readonly agent?: unknown;
}

const secondsPerDay = 86_400;

// What the protocol itself sets, and what runtimes refuse or ignore in a request.
const reservedHeaders = [
  "accept",
  "accept-charset",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "flagsmith-application-name",
  "flagsmith-application-version",
  "flagsmith-sdk-user-agent",
  "host",
  "if-modified-since",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-environment-key",
];

const boolean = v.boolean("must be true or false");
// Messages never quote a value: a runtime would print a bad key in full in its own error.
const text = v.string("must be a string");
const environmentKey = v.pipe(
  text,
  v.regex(
    /^[\x21-\x7e]+$/,
    "must be a key of printable ASCII characters, without spaces or line breaks",
  ),
);
const headerValue = v.pipe(
  text,
  v.regex(
    /^[\t\x20-\x7e\x80-\xff]*$/,
    "must have values that are HTTP header values: no line breaks, no characters beyond Latin-1",
  ),
);
const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, "must have names that are HTTP header names"),
  v.check(
    (name) => !reservedHeaders.includes(name.toLowerCase()),
    "must not set a header that is the SDK's own",
  ),
);
const customHeaders = v.pipe(
  // The entries of a Headers or a Map would be lost in silence.
  v.custom<object>(
    (input) => typeof input === "object" && input !== null && !(Symbol.iterator in input),
    "must be an object of header values",
  ),
  v.record(headerName, headerValue),
);
const apiUrl = v.pipe(
  text,
  v.check(isApiUrl, "must be an http(s) URL without spaces, credentials, query or fragment"),
);
const retries = v.custom<number | RetryPolicy>(
  (input) =>
    isRetryCount(input) ||
    (hasMethods(input, ["delay", "shouldRetry"]) && isRetryCount(input["retries"])),
  "must be a whole number from 0 to 20, or { retries, delay(attempt), shouldRetry(failure) }",
);

const schema = v.strictObject(
  {
    environmentKey: v.optional(environmentKey),
    enableLocalEvaluation: v.optional(boolean, false),
    environmentRefreshIntervalSeconds: v.optional(seconds(secondsPerDay), 60),
    onEnvironmentChange: v.optional(aFunction<ReportChange>()),
    storageCheckIntervalSeconds: v.optional(
      v.union([v.literal(0), seconds(secondsPerDay)], "must be a number of seconds, at most a day"),
      30,
    ),
    waitUntil: v.optional(aFunction<WaitUntil>()),
    storage: v.optional(methods<FlagsmithStorage>(["getItem"])),
    offlineMode: v.optional(boolean, false),
    offlineHandler: v.optional(methods<OfflineHandler>(["getEnvironment"])),
    apiUrl: v.optional(apiUrl, hostedApiUrl),
    requestTimeoutSeconds: v.optional(seconds(secondsPerDay), 10),
    requestDeadlineSeconds: v.optional(seconds(2 * secondsPerDay)),
    retries: v.optional(retries),
    customHeaders: v.optional(customHeaders, {}),
    applicationMetadata: v.optional(
      v.strictObject(
        { name: headerValue, version: v.optional(headerValue) },
        "must be { name, version? }",
      ),
    ),
    defaultFlagHandler: v.optional(aFunction<DefaultFlagHandler>()),
    cache: v.optional(methods<FlagCache>(["get", "set"])),
    logger: v.optional(methods<Logger>(["warn", "error"])),
    fetch: v.optional(aFunction<Fetch>()),
    agent: v.optional(v.unknown()),
  },
  ({ expected, path }) => {
    if (path === undefined) return "must be an object";
    return expected === "never" ? "is not an option" : "is required";
  },
);

/**
 * Checks the options and puts in the defaults.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option and never its value.
 */
export function parseOptions(options: FlagsmithOptions): ParsedOptions {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (!result.success) throw refusal(result.issues[0]);
  const {
    requestTimeoutSeconds,
    requestDeadlineSeconds = requestTimeoutSeconds * 2,
    environmentRefreshIntervalSeconds,
    storageCheckIntervalSeconds,
    environmentKey = "",
    ...rest
  } = result.output;
  assertConsistent({ ...rest, environmentKey });
  return {
    ...rest,
    environmentKey,
    apiUrl: withSlash(rest.apiUrl),
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    requestDeadlineMs: requestDeadlineSeconds * 1000,
    environmentRefreshIntervalMs: environmentRefreshIntervalSeconds * 1000,
    storageCheckIntervalMs: storageCheckIntervalSeconds * 1000,
  };
}

/** What no option is by itself, but all of them together. */
function assertConsistent(
  options: Pick<
    ParsedOptions,
    | "environmentKey"
    | "offlineMode"
    | "offlineHandler"
    | "enableLocalEvaluation"
    | "defaultFlagHandler"
  >,
): void {
  const { environmentKey, offlineMode, enableLocalEvaluation } = options;
  if (offlineMode) {
    if (options.offlineHandler ?? options.defaultFlagHandler) return;
    throw invalidOption("offlineMode", "needs an offlineHandler or a defaultFlagHandler to answer");
  }
  if (environmentKey === "") throw invalidOption("environmentKey", "is required");
  if (enableLocalEvaluation && !environmentKey.startsWith("ser.")) {
    throw invalidOption("environmentKey", "must be a server-side key, ser.…, for local evaluation");
  }
}

/** The error for an option, naming it and never its value. */
export function invalidOption(option: string, complaint: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_OPTIONS", `Option ${option} ${complaint}.`);
}

function refusal(issue: v.BaseIssue<unknown>): FlagsmithClientError {
  const option = issue.path?.[0]?.key;
  if (typeof option === "string") return invalidOption(option, issue.message);
  return new FlagsmithClientError("INVALID_OPTIONS", `The options ${issue.message}.`);
}

/** Bounded: a timer of more than 2^31 milliseconds would fire at once. */
function seconds(most: number) {
  const message = `must be a number of seconds, more than 0 and at most ${most}`;
  return v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(most, message));
}

function aFunction<T>() {
  return v.custom<T>((input) => typeof input === "function", "must be a function");
}

function methods<T>(names: readonly string[]) {
  return v.custom<T>(
    (input) => hasMethods(input, names),
    `must have the methods ${names.join(" and ")}`,
  );
}

function hasMethods(input: unknown, names: readonly string[]): input is Record<string, unknown> {
  if ((typeof input !== "object" && typeof input !== "function") || input === null) return false;
  return names.every((name) => typeof Reflect.get(input, name) === "function");
}

function isRetryCount(input: unknown): boolean {
  return typeof input === "number" && Number.isInteger(input) && input >= 0 && input <= 20;
}

function isApiUrl(url: string): boolean {
  // A bare "?" or "#" and spaces leave no trace in the parsed URL, but do in what is appended to the text.
  if (/[\s?#]/.test(url) || !URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  const isHttp = protocol === "https:" || protocol === "http:";
  return isHttp && username === "" && password === "";
}
