import type { ApiRequest } from "../api-request.ts";
import { json, type RouteResponse, type StreamSink, type StreamSource } from "../api-response.ts";
import { resolveMovedPath } from "../redirects.ts";

const streamPath = /^\/sse\/environments\/([^/]+)\/stream$/;

/** The realtime service: `GET /sse/environments/{api_key}/stream`, with the streams that are open. */
export class RealtimeService {
  #sinks = new Set<StreamSink>();

  get openStreamCount(): number {
    return this.#sinks.size;
  }

  /**
   * Handles a request for a stream, or returns `undefined` for any other path. The path contains the
   * client-side key; no header is needed.
   */
  handle(request: ApiRequest, clientKey: string): RouteResponse | undefined {
    const [, key] = streamPath.exec(resolveMovedPath(request.path, [])) ?? [];
    if (key === undefined) return undefined;
    if (request.method !== "GET") {
      const detail = `Method "${request.method}" not allowed.`;
      return json(405, { detail }, { allow: "GET" });
    }
    if (decodeKey(key) !== clientKey) return json(404, { detail: "Not found." });
    return {
      status: 200,
      contentType: "text/event-stream; charset=utf-8",
      stream: this.#openStream,
    };
  }

  send(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    for (const sink of this.#sinks) sink.send(bytes);
  }

  /** Sends a change event. `updatedAt` is a JSON number: seconds since the epoch. */
  sendChangeEvent(updatedAt: string): void {
    this.send(`data: {"updated_at": ${updatedAt}}\n\n`);
  }

  endStreams(): void {
    for (const sink of this.#removeSinks()) sink.end();
  }

  resetStreams(): void {
    for (const sink of this.#removeSinks()) sink.reset();
  }

  /** A stream is open until it is ended or reset, or until its client disconnects. */
  readonly #openStream: StreamSource = (sink) => {
    this.#sinks.add(sink);
    return () => {
      this.#sinks.delete(sink);
    };
  };

  #removeSinks(): readonly StreamSink[] {
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    return sinks;
  }
}

/** Returns `undefined` for a malformed escape sequence. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key);
  } catch {
    return undefined;
  }
}
