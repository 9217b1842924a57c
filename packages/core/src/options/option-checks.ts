import * as v from "valibot";
import { type LogLevel, logLevels } from "../platform/logger.ts";
import { parseUrl } from "../platform/parse-url.ts";
import type { CustomRetryPolicy } from "../platform/retry-policy.ts";
import type { ApplicationMetadata } from "./options.ts";

/** Checks the value of an option. Its message completes "Option x …" and never quotes the value. */
export type OptionSchema<T> = v.GenericSchema<unknown, T>;

/** The maximum of most options in seconds. */
export const secondsPerDay = 86_400;

/** A switch. */
export const booleanOption: OptionSchema<boolean> = v.custom<boolean>(
  (input) => typeof input === "boolean",
  "must be true or false",
);

/** A level of the console logger. */
export const logLevelOption: OptionSchema<LogLevel> = v.custom<LogLevel>(
  (input) => logLevels.some((level) => level === input),
  `must be one of ${logLevels.join(", ")}`,
);

/** A function of any type, because parameters cannot be checked. */
export function functionOption<T>(): OptionSchema<T> {
  return v.custom<T>((input) => typeof input === "function", "must be a function");
}

/** An object or a function with these methods. */
export function methodsOption<T>(...names: readonly (keyof T & string)[]): OptionSchema<T> {
  return v.custom<T>(
    (input) => names.every((name) => typeof Object(input)[name] === "function"),
    `must have the methods ${names.join(" and ")}`,
  );
}

/**
 * A duration in the unit that the name of the option ends with. Needs a maximum, because a timer of 2^31 milliseconds or
 * more fires immediately.
 */
export function durationOption(
  max: number,
  { orZero = false }: { readonly orZero?: boolean } = {},
): OptionSchema<number> {
  return v.custom<number>(
    (input) =>
      typeof input === "number" && input <= max && (input > 0 || (orZero && Object.is(input, 0))),
    `must be a number, ${orZero ? "0 or more" : "more than 0"} and at most ${max}`,
  );
}

/** A limit in bytes. */
export const bytesOption: OptionSchema<number> = v.custom<number>(
  (input) => Number.isSafeInteger(input) && Number(input) > 0,
  "must be a whole number of bytes, more than 0",
);

/** An environment key. It becomes a header, and some runtimes quote an invalid header in their error. */
export const keyOption: OptionSchema<string> = v.custom<string>(
  (input) => typeof input === "string" && /^[\x21-\x7e]+$/.test(input),
  "must be a non-empty key of printable ASCII characters without spaces",
);

/** A URL that paths are appended to. */
export const urlOption: OptionSchema<string> = v.custom<string>(
  isHttpUrl,
  "must be an http(s) URL without spaces, credentials, query or fragment",
);

/** The settings of events in Flagsmith's Node.js client. */
export const eventProcessorOption: OptionSchema<{ readonly eventsApiUrl?: string | undefined }> =
  v.custom<{ readonly eventsApiUrl?: string | undefined }>((input) => {
    const { eventsApiUrl }: Record<string, unknown> = Object(input);
    return isObject(input) && (eventsApiUrl === undefined || isHttpUrl(eventsApiUrl));
  }, "must be an object, and its eventsApiUrl an http(s) URL");

/** Custom headers. Rejects the headers that HTTP, the runtime or the SDK sets. */
export const headersOption: OptionSchema<Readonly<Record<string, string>>> = v.custom<
  Readonly<Record<string, string>>
>(
  (input) => findHeaderProblem(input) === undefined,
  ({ input }) => findHeaderProblem(input) ?? "",
);

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers of the protocol and of the SDK. Runtimes reject or ignore some of them in a request. */
const reservedHeader =
  /^(accept(-charset|-encoding)?|connection|content-(length|type)|expect|flagsmith-(application-(name|version)|sdk-user-agent)|host|if-modified-since|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent|x-environment-key)$/i;

function findHeaderProblem(input: unknown): string | undefined {
  // The entries of a Headers or a Map are not members, so they would be lost.
  if (!isObject(input) || Symbol.iterator in input) return "must be an object of header values";
  for (const [name, value] of Object.entries(input)) {
    if (!headerName.test(name)) return "must have HTTP header names";
    if (reservedHeader.test(name)) return "must not set a header that is reserved for the SDK";
    if (!isHeaderValue(value)) return "must have values of Latin-1 text, without line breaks";
  }
  return undefined;
}

/** The name and version of an application, which are sent in headers. */
export const metadataOption: OptionSchema<ApplicationMetadata> = v.custom<ApplicationMetadata>(
  (input) => {
    const { name, version = "", ...more }: Record<string, unknown> = { ...(input as object) };
    return isHeaderValue(name) && isHeaderValue(version) && Object.keys(more).length === 0;
  },
  "must be { name, version? } of HTTP header values",
);

/** The outcome of a failed call. */
export const failureOption: OptionSchema<"throw" | "empty"> = v.custom<"throw" | "empty">(
  (input) => input === "throw" || input === "empty",
  'must be "throw" or "empty"',
);

/** A number of retries, or a policy. */
export const retriesOption: OptionSchema<number | CustomRetryPolicy> = v.custom<
  number | CustomRetryPolicy
>((input) => {
  const { retries, delay, shouldRetry }: Record<string, unknown> = Object(input);
  const areMethods = [delay, shouldRetry].every(
    (method) => method === undefined || typeof method === "function",
  );
  return isRetryCount(input) || (areMethods && isRetryCount(retries));
}, "must be a whole number from 0 to 20, or { retries, delay?(attempt), shouldRetry?(failure) }");

function isHttpUrl(input: unknown): boolean {
  // A bare "?" or "#" and spaces are not visible in the parsed URL.
  if (typeof input !== "string" || !/^https?:[^\s?#]+$/i.test(input)) return false;
  const url = parseUrl(input);
  return url !== undefined && !(url.username || url.password);
}

function isHeaderValue(input: unknown): boolean {
  return typeof input === "string" && headerValue.test(input);
}

/** Whether a value is an object, and no function. */
export function isObject(input: unknown): input is object {
  return typeof input === "object" && input !== null;
}

function isRetryCount(input: unknown): boolean {
  return typeof input === "number" && Number.isInteger(input) && input >= 0 && input <= 20;
}
