import type { Answer, SeenRequest } from "./fake-platform.ts";

const encoder = new TextEncoder();

/** A stream of events that a test writes to. */
export interface FakeStream {
  readonly request: SeenRequest;
  readonly send: (chunk: string | Uint8Array) => void;
  /** A change notice; `updatedAt` in epoch seconds. */
  readonly tell: (updatedAt: number) => void;
  readonly end: () => void;
  readonly break: (error?: unknown) => void;
  /** Whether the client has gone. */
  readonly isLeft: () => boolean;
}

/** Answers with a stream of events, which ends when its request is aborted, as every runtime's does. */
export function eventStreams(contentType = "text/event-stream; charset=utf-8") {
  const opened: FakeStream[] = [];

  const answer: Answer = (request) => {
    let isLeft = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        request.signal?.addEventListener("abort", () => {
          if (!isLeft) controller.error(request.signal?.reason);
          isLeft = true;
        });
        const send = (chunk: string | Uint8Array) =>
          controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
        opened.push({
          request,
          send,
          tell: (updatedAt) => send(`data: {"updated_at": ${updatedAt}}\n\n`),
          end: () => controller.close(),
          break: (error = new TypeError("terminated")) => controller.error(error),
          isLeft: () => isLeft,
        });
      },
      cancel: () => {
        isLeft = true;
      },
    });
    return new Response(body, { headers: { "Content-Type": contentType } });
  };

  return { opened, answer, open: () => opened.filter(({ isLeft }) => !isLeft()) };
}
