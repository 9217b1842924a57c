import { connectionReset } from "./connection-reset.ts";
import type { StreamSource } from "./event-streams.ts";

/** A body that stays open until the API ends it, the caller aborts, or its reader cancels. */
export function streamBody(
  open: StreamSource,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let leave = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const onAbort = () => {
        close();
        controller.error(signal?.reason);
      };
      const release = () => signal?.removeEventListener("abort", onAbort);
      const close = open({
        // A copy: what a reader does with its chunk stays with this reader.
        send: (chunk) => controller.enqueue(chunk.slice()),
        end() {
          release();
          controller.close();
        },
        reset() {
          release();
          controller.error(connectionReset("terminated"));
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      leave = () => {
        release();
        close();
      };
    },
    cancel: () => leave(),
  });
}
