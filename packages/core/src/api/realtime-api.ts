import { createInvalidResponseError } from "../errors.ts";
import { within } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import { readContentType, readErrorReason } from "../http/error-reason.ts";
import { isSuccessful } from "../http/fetch.ts";
import { outsideRender } from "../http/render-signal.ts";
import { createStatusError } from "../http/request.ts";
import type { ResponseBody, Timers } from "../platform/platform.ts";

/** How long a refusal waits for its body, which contains the reason. */
const maxReasonMs = 2000;

/** GET `sse/environments/<api_key>/stream`: the bytes of the events. @throws {@link FlagsmithAPIError} */
export type OpenRealtimeStream = (apiKey: string, signal: AbortSignal) => Promise<ResponseBody>;

/** Creates the function that opens the stream of an environment, in one attempt. */
export function createOpenRealtimeStream(
  realtimeApiUrl: string,
  connection: Connection,
  timers: Timers,
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
      // The connection of the last stream may be dead.
      init: { ...outsideRender, keepalive: false },
    } as const;
    const secrets = [apiKey, key];
    const response = await connection.open(request, secrets, signal);
    const { status, body = null } = response;
    // A 204 forbids clients to reconnect (HTML standard, server-sent events).
    if (!isSuccessful(status) || status === 204) {
      const text = body === null ? "" : await readStart(body, { timers, signal });
      const redact = (part: string) => connection.redact(part, secrets);
      const reason = readErrorReason(text, redact);
      const type = readContentType(response.headers, redact);
      const advice = status === 404 ? notFoundAdvice : undefined;
      throw createStatusError(response, { name, type, reason, advice, now: timers.now() });
    }
    if (body === null || !isEventStream.test(response.headers.get("content-type") ?? "")) {
      const message = `${name} returned a response that is not an event stream: check realtimeApiUrl.`;
      throw createInvalidResponseError(message, status);
    }
    return body;
  };
}

const notFoundAdvice =
  "check realtimeApiUrl, and whether realtime updates are enabled for the project";

const isEventStream = /^\s*text\/event-stream\s*(;|$)/i;

/** Reads the first chunk of a body, which may be endless. Returns "" if it does not arrive in time. */
async function readStart(
  body: ResponseBody,
  { timers, signal }: { readonly timers: Timers; readonly signal: AbortSignal },
): Promise<string> {
  const reader = body.getReader();
  const limit = { timers, limitMs: maxReasonMs, signal, onExpiry: () => "" };
  return within(limit, async () => {
    const { value } = await reader.read();
    return new TextDecoder().decode(value);
  }).catch(() => "");
}
