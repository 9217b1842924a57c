import { FlagsmithAPIError } from "../errors.ts";
import type { Open } from "../http/fetch.ts";
import { statusErrorBy } from "../http/request.ts";

/** What {@link createOpenRealtimeStream} needs of the client. */
export interface RealtimeStreamContext {
  /** With its trailing slash. */
  readonly realtimeApiUrl: string;
  readonly headersFor: (url: string) => Readonly<Record<string, string>>;
  /** The document's key is a secret that the URL has to hold. */
  readonly openHiding: (secrets: readonly string[]) => Open;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** GET `sse/environments/<api_key>/stream`: the bytes of the events. @throws {@link FlagsmithAPIError} */
export type OpenRealtimeStream = (
  apiKey: string,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array>>;

/** Makes the function that opens the stream of an environment: one attempt. */
export function createOpenRealtimeStream(context: RealtimeStreamContext): OpenRealtimeStream {
  const { realtimeApiUrl, headersFor, openHiding, now } = context;
  // Nobody there needs the client's own key.
  const { "X-Environment-Key": _, ...headers } = headersFor(realtimeApiUrl);
  const urlOf = (key: string) => `${realtimeApiUrl}sse/environments/${key}/stream`;
  const statusError = statusErrorBy(now);
  const what = `GET ${urlOf("[redacted]")}`;

  return async (apiKey, signal) => {
    const key = encodeURIComponent(apiKey);
    const request = {
      method: "GET",
      url: urlOf(key),
      headers: { ...headers, Accept: "text/event-stream" },
      urlOption: "realtimeApiUrl",
    } as const;
    const answer = await openHiding([apiKey, key])(request, signal);
    const { status, headers: answered, body } = answer;
    // 204 tells a client not to come back (HTML, server-sent events).
    if (!answer.ok || status === 204) throw statusError(answer, what, adviceOn(status));
    if (body === null || !isEventStream.test(answered.get("content-type") ?? "")) {
      const message = `${what} was answered with something else than events: check realtimeApiUrl.`;
      throw new FlagsmithAPIError("INVALID_RESPONSE", message, { status });
    }
    return body;
  };
}

const isEventStream = /^\s*text\/event-stream\s*(;|$)/i;

function adviceOn(status: number): string {
  return status === 404
    ? ": check realtimeApiUrl, and whether realtime updates are enabled for the project"
    : "";
}
