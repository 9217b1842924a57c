import { FlagsmithAPIError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { retryAfterMs } from "./retry-after.ts";

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
