import { FlagsmithAPIError } from "../errors.ts";
import type { Timers } from "../platform/platform.ts";
import type { RequestFailure, RetryPolicy } from "../platform/retry-policy.ts";
import { type Call, remainingMs, within } from "./call.ts";
import { type HttpAnswer, type HttpRequest, RedirectRefused, type Send } from "./fetch.ts";

/** What {@link createRequest} needs of the client. */
export interface RequestContext extends RetryContext {
  readonly send: Send;
}

/** An answer, and when the attempt began that got it: in milliseconds since the epoch. */
export interface SentAnswer extends HttpAnswer {
  readonly sentAt: number;
}

/** A request to the API and how its answer is read. */
export interface ApiRequest<T> extends HttpRequest {
  /** What the answer holds, for messages. */
  readonly expected: string;
  /** `undefined` where the answer is not what was expected. */
  readonly read: (answer: SentAnswer) => T | undefined;
  /** Whether a 304 is read like a success. */
  readonly isConditional?: boolean | undefined;
}

/** Sends a request as often as the policy says. */
export type Request = <T>(request: ApiRequest<T>, call: Call) => Promise<T>;

/** Makes the function that turns requests into values or {@link FlagsmithAPIError}s. */
export function createRequest(context: RequestContext): Request {
  const { send, timers } = context;
  const statusError = statusErrorBy(timers.now);

  async function attempt<T>(request: ApiRequest<T>, signal: AbortSignal): Promise<Outcome<T>> {
    try {
      const sentAt = timers.now();
      return outcomeOf({ ...(await send(request, signal)), sentAt }, request);
    } catch (error) {
      if (!(error instanceof FlagsmithAPIError)) throw error;
      const isFinal = error instanceof RedirectRefused || error.code === "PERMISSION_DENIED";
      return { error, kind: isFinal ? undefined : "network" };
    }
  }

  function outcomeOf<T>(answer: SentAnswer, request: ApiRequest<T>): Outcome<T> {
    const { status } = answer;
    const what = nameOf(request);
    const isSuccess = (status >= 200 && status <= 299) || (status === 304 && request.isConditional);
    if (!isSuccess) {
      return { error: statusError(answer, what, statusAdvice(status, request)), kind: "status" };
    }
    const value = request.read(answer);
    if (value !== undefined) return { value };
    const message = `${what} was answered with something else than ${request.expected}: check apiUrl.`;
    return { error: new FlagsmithAPIError("INVALID_RESPONSE", message, { status }) };
  }

  return (request, call) =>
    withRetries(context, call, {
      what: nameOf(request),
      attempt: (signal) => attempt(request, signal),
    });
}

function nameOf({ method, url }: HttpRequest): string {
  return `${method} ${url}`;
}

function statusAdvice(status: number, { urlOption = "apiUrl" }: HttpRequest): string {
  if (status === 401 || status === 403) return ": check environmentKey";
  if (status === 404) return `: check ${urlOption}`;
  return "";
}

/** An attempt that failed, and whether another may help. */
export interface Failure {
  readonly error: FlagsmithAPIError;
  /** Absent where no retry can help. */
  readonly kind?: RequestFailure["kind"] | undefined;
}

/** How an attempt ended. */
export type Outcome<T> = { readonly value: T } | Failure;

/** What {@link withRetries} needs of the client. */
export interface RetryContext {
  readonly timers: Timers;
  readonly retryPolicy: RetryPolicy;
  /** For one attempt, its body included. */
  readonly timeoutMs: number;
}

/** One request of the API, as often as it takes. */
export interface Attempts<T> {
  /** The method and URL, for messages. */
  readonly what: string;
  readonly attempt: (signal: AbortSignal) => Promise<Outcome<T>>;
}

/**
 * Attempts until one succeeds, no retry can help, or the call's deadline leaves no room for another.
 *
 * Each attempt has a timeout of its own. What is thrown is the last attempt's error, or the reason
 * of the caller's signal.
 */
export async function withRetries<T>(
  context: RetryContext,
  call: Call,
  attempts: Attempts<T>,
): Promise<T> {
  const { timers, retryPolicy, timeoutMs } = context;
  for (let count = 1; ; count++) {
    call.signal?.throwIfAborted();
    const limitMs = Math.min(timeoutMs, remainingMs(call, timers));
    if (limitMs === 0) throw unsent(attempts.what);
    const onExpiry = (): Outcome<T> => timeout(attempts.what, limitMs);
    const limit = { timers, limitMs, signal: call.signal, onExpiry };
    const outcome = await within(limit, attempts.attempt);
    if ("value" in outcome) return outcome.value;

    const waitMs = retryWaitMs(retryPolicy, outcome, count);
    if (waitMs === undefined || timers.now() + waitMs >= call.deadlineAt) throw outcome.error;
    await timers.sleep(waitMs, call.signal);
  }
}

/** How long to wait before the next attempt; `undefined` for never. */
function retryWaitMs(policy: RetryPolicy, failure: Failure, attempt: number): number | undefined {
  const { kind, error } = failure;
  if (kind === undefined || attempt > policy.retries) return undefined;
  try {
    if (!policy.shouldRetry({ kind, status: error.status, attempt })) return undefined;
    // In plain JavaScript a policy may return anything.
    return Math.max(0, Number(error.retryAfterMs ?? policy.delay(attempt)) || 0);
  } catch {
    // The request's own failure says more than that of a policy of the user's.
    return undefined;
  }
}

/** What came before the request, such as a slow cache, may have used up the time. */
function unsent(what: string): FlagsmithAPIError {
  return new FlagsmithAPIError("API_TIMEOUT", `${what} was not sent: the deadline had passed.`);
}

function timeout(what: string, limitMs: number): Failure {
  const message = `${what} did not answer whole within ${limitMs / 1000} s.`;
  return { kind: "timeout", error: new FlagsmithAPIError("API_TIMEOUT", message) };
}

/** Makes the error for an answer that is no success, with the wait that it asks for; `advice` says what to do. */
export type StatusError = (
  answer: Pick<HttpAnswer, "status" | "headers">,
  what: string,
  advice: string,
) => FlagsmithAPIError;

/** Makes a {@link StatusError}; `now` is in milliseconds since the epoch. */
export function statusErrorBy(now: () => number): StatusError {
  return ({ status, headers }, what, advice) =>
    new FlagsmithAPIError("API_STATUS", `${what} was answered with status ${status}${advice}.`, {
      status,
      retryAfterMs: retryAfterMs(headers, now()),
    });
}

/** Nobody means to be left alone for longer, and a slip of the server must not end all refreshing. */
const maxMs = 86_400_000;

/**
 * The wait in milliseconds that a `Retry-After` header asks for, at most a day; `undefined` without a usable one.
 *
 * A date is read against the answer's own `Date`, so that a wrong clock here does no harm (RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, maxMs);
  const at = parseHttpDate(text);
  if (Number.isNaN(at)) return undefined;
  const serverNow = parseHttpDate(headers.get("date") ?? "");
  return Math.min(Math.max(0, at - (Number.isNaN(serverNow) ? now : serverNow)), maxMs);
}

/** NaN for what is no date; `Date.parse` alone makes one of "-5" or "soon 5". */
function parseHttpDate(text: string): number {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return Number.NaN;
  // The oldest of the three forms does not say that it is GMT (RFC 9110, 5.6.7).
  return Date.parse(/ \d{4}$/.test(text) ? `${text} GMT` : text);
}
