import { createInvalidResponseError, FlagsmithAPIError } from "../errors.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import type { RequestFailure, RetryPolicy } from "../platform/retry-policy.ts";
import { type Call, minFreezeMs, remainingMs, within } from "./call.ts";
import { type CircuitBreaker, maxCallRetryAfterMs } from "./circuit-breaker.ts";
import { readContentType, readErrorReason } from "./error-reason.ts";
import {
  describeRequest,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  isSuccessful,
  RedirectError,
} from "./fetch.ts";
import { isIncompleteJson } from "./incomplete-json.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** A response and the start of its attempt, on the monotonic clock. */
export interface TimedResponse extends HttpResponse {
  readonly sentAt: number;
}

/** A request and the function that reads its response. */
interface TypedRequest<T> extends HttpRequest {
  /** Returns `undefined` if the response is not Flagsmith's. */
  readonly read: (response: TimedResponse) => T | undefined;
}

/**
 * Sends a request until an attempt succeeds, the retry policy ends the retries, or no time is left for another.
 *
 * Throws the last attempt's {@link FlagsmithAPIError}, or the reason of the call's signal.
 */
export type SendRequest = <T>(request: TypedRequest<T>, call: Call) => Promise<T>;

/** A failed attempt. Without a `kind`, it is not retried. */
interface Failure {
  readonly error: FlagsmithAPIError;
  readonly kind?: RequestFailure["kind"] | undefined;
}

/**
 * Creates a {@link SendRequest}.
 *
 * @param policy.timeoutMs - the timeout of one attempt, its body included.
 * @param policy.circuit - shared by all calls. Missing for reports and for loads of the document, which have their own schedule.
 */
export function createSendRequest(
  http: HttpClient,
  timers: Timers,
  policy: RetryPolicy & {
    readonly timeoutMs: number;
    readonly logger: ClientLogger;
    readonly circuit?: CircuitBreaker | undefined;
  },
): SendRequest {
  const { circuit } = policy;
  /** Whether an attempt of any call timed out without asking for a new connection, and no response has come since. */
  let isSuspect = false;
  return async <T>(request: TypedRequest<T>, call: Call): Promise<T> => {
    let sent: HttpRequest = isSuspect ? askForConnection(request) : request;
    const totalMs = remainingMs(call, timers);
    const sendOnce = async (signal: AbortSignal): Promise<{ readonly value: T } | Failure> => {
      const sentAt = timers.monotonicNow();
      try {
        const response = await http.send(sent, signal);
        isSuspect = false;
        return readResponse({ ...response, sentAt }, request, { http, timers });
      } catch (error) {
        if (!(error instanceof FlagsmithAPIError)) throw error;
        const isFinal =
          error instanceof RedirectError ||
          ["PERMISSION_DENIED", "INVALID_RESPONSE"].includes(error.code);
        return isFinal ? { error } : { error, kind: "network" };
      }
    };
    call.signal?.throwIfAborted();
    const isProbe = circuit?.enter(request) ?? false;
    try {
      for (let attempt = 1; ; attempt++) {
        await circuit?.pause(request, call);
        const { timeoutMs } = policy;
        const limitMs = Math.min(timeoutMs, remainingMs(call, timers));
        // A slow cache may have used up the time.
        if (limitMs === 0) {
          throw createTimeoutError(
            `${describeRequest(request)} was not sent: the call's deadline had passed.`,
          );
        }
        const onExpiry = (): Failure => {
          isSuspect = sent === request;
          sent = askForConnection(request);
          // The last attempt has a random part of the call's time, which would make each message different.
          const limit =
            limitMs < timeoutMs
              ? `${Math.round(totalMs / 10) / 100} s (requestDeadlineSeconds)`
              : `${timeoutMs / 1000} s (requestTimeoutSeconds)`;
          const message = `${describeRequest(request)} timed out after ${limit}.`;
          return { error: createTimeoutError(message), kind: "timeout" };
        };
        const outcome = await within({ timers, limitMs, signal: call.signal, onExpiry }, sendOnce);
        if ("value" in outcome) {
          circuit?.callSucceeded(attempt);
          return outcome.value;
        }
        const { error } = outcome;
        circuit?.attemptFailed(error);
        const waitMs = isProbe ? undefined : computeRetryWaitMs(policy, outcome, attempt);
        const isLast = waitMs === undefined || timers.monotonicNow() + waitMs >= call.deadlineAt;
        if (isLast || circuit?.takeRetry() === false) {
          // A process that was stopped in between knows nothing about the API.
          const wasStopped = timers.monotonicNow() > call.deadlineAt + minFreezeMs;
          if (!wasStopped) circuit?.callFailed(error, isProbe);
          throw error;
        }
        policy.logger.debug(
          () => `Retry ${attempt} follows in ${Math.round(waitMs)} ms: ${error.message}`,
        );
        await timers.sleep(waitMs, call.signal);
        // Other calls may have failed meanwhile.
        if (circuit !== undefined && circuit.state !== "closed") throw error;
      }
    } finally {
      if (isProbe) circuit?.endProbe();
    }
  };
}

/** Idle connections may be dead. */
function askForConnection(request: HttpRequest): HttpRequest {
  return { ...request, init: { ...request.init, keepalive: false } };
}

function readResponse<T>(
  response: TimedResponse,
  request: TypedRequest<T>,
  { http, timers }: { readonly http: HttpClient; readonly timers: Timers },
): { readonly value: T } | Failure {
  const { status, headers, text } = response;
  const isSuccess = isSuccessful(status);
  const value = isSuccess ? request.read(response) : undefined;
  if (value !== undefined) return { value };
  const name = describeRequest(request);
  const redact = http.redactFor(request);
  const type = readContentType(headers, redact);
  if (!isSuccess) {
    const reason = readErrorReason(text, redact);
    const advice = adviseOnStatus(response, reason, request);
    const now = timers.now();
    const error = createStatusError(response, { name, type, reason, advice, now });
    return { error, kind: "status" };
  }
  if (isIncompleteJson(text)) {
    const message = `${name} returned incomplete JSON.`;
    return { error: createInvalidResponseError(message, status), kind: "network" };
  }
  const { urlOption = "apiUrl" } = request;
  const summary = `${status}, ${type ?? "no content type"}`;
  const message = `${name} returned a response that is not Flagsmith's (${summary}): check ${urlOption}.`;
  return { error: createInvalidResponseError(message, status) };
}

/** Returns the milliseconds before the next attempt, or `undefined` if the request must not be retried. */
function computeRetryWaitMs(
  policy: RetryPolicy,
  { kind, error }: Failure,
  attempt: number,
): number | undefined {
  if (kind === undefined || attempt > policy.retries) return undefined;
  try {
    const status = kind === "status" ? error.status : undefined;
    const isWanted = policy.shouldRetry({ kind, status, attempt });
    const { retryAfterMs = isWanted && policy.delay(attempt) } = error;
    // In plain JavaScript a policy may return anything. Rejections must not be reported as unhandled.
    Promise.all([isWanted, retryAfterMs]).catch(() => undefined);
    const maxMs = error.retryAfterMs === undefined ? Number.POSITIVE_INFINITY : maxCallRetryAfterMs;
    return isWanted ? Math.min(Math.max(0, Number(retryAfterMs) || 0), maxMs) : undefined;
  } catch {
    // The caller gets the error of the request, not the error of the user's policy.
    return undefined;
  }
}

/**
 * Creates the error for a response with an error status.
 *
 * @param details - `name`: the request, for the message. `type`: the content type. `reason`: the API's own, if it is
 * known. `advice`: what the user should check, if that is known. `now`: milliseconds since the epoch.
 */
export function createStatusError(
  { status, headers }: Pick<HttpResponse, "status" | "headers">,
  details: {
    readonly name: string;
    readonly type: string | undefined;
    readonly reason?: string | undefined;
    readonly advice?: string | undefined;
    readonly now: number;
  },
): FlagsmithAPIError {
  const { name, type, reason, advice, now } = details;
  const summary = `${name} failed with status ${status}${type ? ` (${type})` : ""}`;
  const explanation = [reason, advice].filter(Boolean).join("; ");
  const message = `${summary}${explanation && `: ${explanation}`}.`;
  return new FlagsmithAPIError("API_STATUS", message, {
    status,
    retryAfterMs: parseRetryAfter(headers, now),
    reason,
  });
}

/** Returns advice if one cause is likely: other reasons, and the pages of proxies and firewalls, have other causes. */
function adviseOnStatus(
  { status, headers }: HttpResponse,
  reason: string | undefined,
  { urlOption = "apiUrl (…/api/v1/)" }: HttpRequest,
): string | undefined {
  const isPage = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  const isKeyProblem = reason ? /\bkey\b/i.test(reason) : !isPage;
  if ((status === 401 || status === 403) && isKeyProblem) return "check environmentKey";
  const isUnknownPath = !reason || /^not found$/i.test(reason);
  return status === 404 && isUnknownPath ? `check ${urlOption}` : undefined;
}

function createTimeoutError(message: string): FlagsmithAPIError {
  return new FlagsmithAPIError("API_TIMEOUT", message);
}
