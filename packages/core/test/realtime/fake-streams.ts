import type { Responder, SeenRequest } from "../fake-platform.ts";

const encoder = new TextEncoder();

/** An event stream that a test writes to. */
export interface FakeStream {
  readonly request: SeenRequest;
  readonly send: (chunk: string | Uint8Array) => void;
  /** Sends a change event. `updatedAt` is in epoch seconds. */
  readonly sendChange: (updatedAt: number) => void;
  readonly end: () => void;
  readonly break: (error?: unknown) => void;
  /** Whether the client has cancelled it. */
  readonly isCancelled: () => boolean;
}

/** Answers each request with an event stream, which fails if the request is aborted. */
export function eventStreams(contentType = "text/event-stream; charset=utf-8") {
  const opened: FakeStream[] = [];

  const answer: Responder = (request) => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        request.signal?.addEventListener("abort", () => {
          if (!isCancelled) controller.error(request.signal?.reason);
          isCancelled = true;
        });
        const send = (chunk: string | Uint8Array) =>
          controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
        opened.push({
          request,
          send,
          sendChange: (updatedAt) => send(`data: {"updated_at": ${updatedAt}}\n\n`),
          end: () => controller.close(),
          break: (error = new TypeError("terminated")) => controller.error(error),
          isCancelled: () => isCancelled,
        });
      },
      cancel: () => {
        isCancelled = true;
      },
    });
    return new Response(body, { headers: { "Content-Type": contentType } });
  };

  return { opened, answer, open: () => opened.filter(({ isCancelled }) => !isCancelled()) };
}
