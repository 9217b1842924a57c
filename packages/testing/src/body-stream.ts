import { type ApiResponse, type StreamSource, splitBody } from "./api-response.ts";

/** Waits for a number of milliseconds. Rejects with the signal's reason if it aborts first. */
export type Delay = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

/** Waits with `AbortSignal.timeout`, which every runtime has. On Node.js it does not keep the process alive. */
export const timeoutDelay: Delay = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timeout = AbortSignal.timeout(milliseconds);
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    timeout.addEventListener("abort", onTimeout, { once: true });
    function onTimeout(): void {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }
  });

/** Creates the error of Node's `fetch` for a connection that is reset before or after the head. */
export function createResetError(message: "fetch failed" | "terminated"): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError(message, { cause });
}

/** Creates the body of a response, which the signal aborts. A cut body fails after its last byte. */
export function createBodyStream(
  response: ApiResponse,
  delay: Delay,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  if (response.stream !== undefined) return createOpenStream(response.stream, signal);
  // Lazy: a reader gets all bytes before the cut.
  const pieces = deliverPieces(response, delay, signal);
  let release = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const onAbort = () => controller.error(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      release = () => signal?.removeEventListener("abort", onAbort);
    },
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (signal?.aborted) return;
        if (next.done !== true) return controller.enqueue(next.value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      release();
    },
    cancel: () => release(),
  });
}

async function* deliverPieces(
  { body, delivery }: ApiResponse,
  delay: Delay,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (delivery.kind === "chunks") {
    for (const piece of splitBody(body, delivery.chunks)) {
      await delay(delivery.delayMs, signal);
      yield piece.slice();
    }
    return;
  }
  const end = delivery.kind === "cut" ? delivery.bytes : body.length;
  if (end > 0) yield body.slice(0, end);
  if (delivery.kind === "cut" && delivery.framing !== "close") {
    throw new TypeError("terminated", { cause: new Error("other side closed") });
  }
}

/** Creates a body that stays open until the API ends it, the signal aborts, or the reader cancels. */
function createOpenStream(
  open: StreamSource,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let disconnect = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const onAbort = () => {
        close();
        controller.error(signal?.reason);
      };
      const release = () => signal?.removeEventListener("abort", onAbort);
      const close = open({
        // A copy, because a reader may transfer or change its chunk.
        send: (chunk) => controller.enqueue(chunk.slice()),
        end() {
          release();
          controller.close();
        },
        reset() {
          release();
          controller.error(createResetError("terminated"));
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      disconnect = () => {
        release();
        close();
      };
    },
    cancel: () => disconnect(),
  });
}
