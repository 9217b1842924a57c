import { FlagsmithAPIError } from "../errors.ts";
import type { Connection } from "../http/connection.ts";
import { createStatusError } from "../http/request.ts";

/** GET `sse/environments/<api_key>/stream`: the bytes of the events. @throws {@link FlagsmithAPIError} */
export type OpenRealtimeStream = (
  apiKey: string,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array>>;

/**
 * Creates the function that opens the stream of an environment, in one attempt.
 *
 * @param now - milliseconds since the epoch.
 */
export function createOpenRealtimeStream(
  realtimeApiUrl: string,
  connection: Connection,
  now: () => number,
): OpenRealtimeStream {
  // The stream does not need the client's own key.
  const { "X-Environment-Key": _, ...headers } = connection.createHeaders(realtimeApiUrl);
  const createUrl = (key: string) => `${realtimeApiUrl}sse/environments/${key}/stream`;
  const name = `GET ${createUrl("[redacted]")}`;

  return async (apiKey, signal) => {
    const key = encodeURIComponent(apiKey);
    const request = {
      method: "GET",
      url: createUrl(key),
      headers: { ...headers, Accept: "text/event-stream" },
      urlOption: "realtimeApiUrl",
    } as const;
    const response = await connection.open(request, { secrets: [apiKey, key], signal });
    const { status, body } = response;
    // A 204 forbids clients to reconnect (HTML standard, server-sent events).
    if (!response.ok || status === 204) {
      const advice = status === 404 ? notFoundAdvice : undefined;
      throw createStatusError(response, { name, advice, now: now() });
    }
    if (body === null || !isEventStream.test(response.headers.get("content-type") ?? "")) {
      const message = `${name} returned a response that is not an event stream: check realtimeApiUrl.`;
      throw new FlagsmithAPIError("INVALID_RESPONSE", message, { status });
    }
    return body;
  };
}

const notFoundAdvice =
  "check realtimeApiUrl, and whether realtime updates are enabled for the project";

const isEventStream = /^\s*text\/event-stream\s*(;|$)/i;
