import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { Timers } from "../platform/platform.ts";
import type { RetryPolicy } from "../platform/retry-policy.ts";

/** Sends JSON text in one attempt. Any success status will do. @throws {@link FlagsmithAPIError} */
export type Post = (
  request: {
    readonly url: string;
    /** The option that the URL comes from, for messages. */
    readonly urlOption: "analyticsUrl" | "eventsApiUrl";
    readonly contentType: string;
    readonly body: string;
  },
  call: Call,
) => Promise<unknown>;

/** Reports are not retried, but sent again later together with newer ones. */
const once: RetryPolicy = { retries: 0, delay: () => 0, shouldRetry: () => false };

/** Creates a {@link Post}. */
export function createPost(connection: Connection, timers: Timers): Post {
  const send = connection.createSendRequest(timers, once);
  return ({ contentType, ...request }, call) => {
    const headers = { ...connection.createHeaders(request.url), "Content-Type": contentType };
    return send({ ...request, method: "POST", headers, read: () => true }, call);
  };
}
