import * as v from "valibot";
import { FlagsmithClientError } from "./errors.ts";
import type { FlagCache } from "./ports/cache.ts";
import type { DefaultFlagHandler } from "./ports/default-flag-handler.ts";
import type { Logger } from "./ports/logger.ts";
import type { Fetch } from "./ports/platform.ts";
import type { RetryPolicy } from "./ports/retry-policy.ts";

/** How a client is set up; only `environmentKey` is needed. */
export interface FlagsmithOptions {
  /** The environment's key: the client-side key, or a server-side one that starts with `ser.`. */
  readonly environmentKey: string;
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
   * Seconds that a call may take as a whole: all attempts and waits; at most two days.
   * @defaultValue twice `requestTimeoutSeconds`
   */
  readonly requestDeadlineSeconds?: number | undefined;
  /**
   * How many times a failed request is sent again (0 to 20), or a policy of your own.
   * @defaultValue the adapter's policy
   */
  readonly retries?: number | RetryPolicy | undefined;
  /** Sent with each request to the API, and to no other origin. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined;
  /** The name and version of your application, shown in Flagsmith's usage data. */
  readonly applicationMetadata?: ApplicationMetadata | undefined;
  /** Answers for unknown features, and for all of them when the API fails. */
  readonly defaultFlagHandler?: DefaultFlagHandler | undefined;
  /** Keeps flags between calls in remote mode. */
  readonly cache?: FlagCache | undefined;
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

/** The options as they are used: checked, with every default in place. */
export interface ParsedOptions
  extends Omit<FlagsmithOptions, "requestTimeoutSeconds" | "requestDeadlineSeconds"> {
  /** Ends with a slash. */
  readonly apiUrl: string;
  readonly requestTimeoutMs: number;
  readonly requestDeadlineMs: number;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Node's own option; on other runtimes `compose` refuses it. */
  readonly agent?: unknown;
}

const defaultApiUrl = "https://edge.api.flagsmith.com/api/v1/";
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
    environmentKey,
    enableLocalEvaluation: v.optional(v.literal(false, "is not supported by this adapter")),
    apiUrl: v.optional(apiUrl, defaultApiUrl),
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
  if (!result.success) throw invalidOptions(result.issues[0]);
  const { requestTimeoutSeconds, requestDeadlineSeconds, enableLocalEvaluation, ...rest } =
    result.output;
  return {
    ...rest,
    apiUrl: rest.apiUrl.endsWith("/") ? rest.apiUrl : `${rest.apiUrl}/`,
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    requestDeadlineMs: (requestDeadlineSeconds ?? requestTimeoutSeconds * 2) * 1000,
  };
}

function invalidOptions(issue: v.BaseIssue<unknown>): FlagsmithClientError {
  const option = issue.path?.[0]?.key;
  const subject = typeof option === "string" ? `Option ${option}` : "The options";
  return new FlagsmithClientError("INVALID_OPTIONS", `${subject} ${issue.message}.`);
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
