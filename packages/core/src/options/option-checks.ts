/** Says what is wrong with an option, never quoting it; `undefined` where nothing is. */
export type Complaint = (input: unknown) => string | undefined;

/** The usual bound of an option in seconds. */
export const secondsPerDay = 86_400;

// What the protocol itself sets, and what runtimes refuse or ignore in a request.
const reservedHeader =
  /^(accept(-charset|-encoding)?|connection|content-(length|type)|expect|flagsmith-(application-(name|version)|sdk-user-agent)|host|if-modified-since|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent|x-environment-key)$/i;

/** For a switch. */
export const aBoolean: Complaint = unless(
  (input) => typeof input === "boolean",
  "must be true or false",
);

/** For what is called; its parameters cannot be checked. */
export const aFunction: Complaint = unless(
  (input) => typeof input === "function",
  "must be a function",
);

/** Bounded: a timer of more than 2^31 milliseconds would fire at once. */
export function seconds(
  max: number,
  { orZero = false }: { readonly orZero?: boolean } = {},
): Complaint {
  return unless(
    (input) =>
      typeof input === "number" && input <= max && (input > 0 || (orZero && Object.is(input, 0))),
    `must be a number of seconds, ${orZero ? "0 or more" : "more than 0"} and at most ${max}`,
  );
}

/** For an environment key: it goes into a header, and runtimes print one they refuse in full. */
export const aKey: Complaint = matching(
  /^[\x21-\x7e]+$/,
  "must be a key of printable ASCII characters, without spaces or line breaks",
);

/** For a URL that paths are appended to. */
export const anHttpUrl: Complaint = unless(
  isHttpUrl,
  "must be an http(s) URL without spaces, credentials, query or fragment",
);

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** For headers of the user's own: none that the protocol, the runtime or the SDK sets. */
export const headers: Complaint = (input) => {
  // The entries of a Headers or a Map would be lost in silence.
  if (!isObject(input) || Symbol.iterator in input) return "must be an object of header values";
  for (const [name, value] of Object.entries(input)) {
    if (!headerName.test(name)) return "must have names that are HTTP header names";
    if (reservedHeader.test(name)) return "must not set a header that is the SDK's own";
    if (!isHeaderValue(value)) {
      return "must have values that are HTTP header values: no line breaks, no characters beyond Latin-1";
    }
  }
  return undefined;
};

/** For what an application says of itself, in headers. */
export const metadata: Complaint = unless((input) => {
  if (!isObject(input)) return false;
  const { name, version = "", ...more }: Record<string, unknown> = { ...input };
  return isHeaderValue(name) && isHeaderValue(version) && Object.keys(more).length === 0;
}, "must be { name, version? } of HTTP header values");

/** For an object or a function that has these methods. */
export function methods(...names: readonly string[]): Complaint {
  return unless(
    (input) => hasMethods(input, names),
    `must have the methods ${names.join(" and ")}`,
  );
}

/** For a number of retries, or a policy. */
export const retries: Complaint = unless((input) => {
  const { retries, delay, shouldRetry }: Record<string, unknown> = Object(input);
  const areRight = [delay, shouldRetry].every(
    (own) => own === undefined || typeof own === "function",
  );
  return isRetryCount(input) || (areRight && isRetryCount(retries));
}, "must be a whole number from 0 to 20, or { retries, delay?(attempt), shouldRetry?(failure) }");

function unless(isRight: (input: unknown) => boolean, complaint: string): Complaint {
  return (input) => (isRight(input) ? undefined : complaint);
}

function matching(pattern: RegExp, complaint: string): Complaint {
  return unless((input) => typeof input === "string" && pattern.test(input), complaint);
}

function isHeaderValue(input: unknown): boolean {
  return typeof input === "string" && headerValue.test(input);
}

function isObject(input: unknown): input is object {
  return typeof input === "object" && input !== null;
}

function hasMethods(input: unknown, names: readonly string[]): boolean {
  if (!isObject(input) && typeof input !== "function") return false;
  return names.every((name) => typeof Reflect.get(input, name) === "function");
}

function isRetryCount(input: unknown): boolean {
  return typeof input === "number" && Number.isInteger(input) && input >= 0 && input <= 20;
}

function isHttpUrl(input: unknown): boolean {
  // A bare "?" or "#" and spaces leave no trace in the parsed URL, but do in what is appended to the text.
  if (typeof input !== "string" || /[\s?#]/.test(input) || !URL.canParse(input)) return false;
  const { protocol, username, password } = new URL(input);
  return /^https?:$/.test(protocol) && username + password === "";
}
