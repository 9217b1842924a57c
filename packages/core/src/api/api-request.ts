import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "./call.ts";
import { type HttpAnswer, type HttpRequest, RedirectRefused, type Send } from "./http.ts";
import { type Outcome, type RetryContext, withRetries } from "./retry.ts";
import { statusErrorBy } from "./status-error.ts";

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
