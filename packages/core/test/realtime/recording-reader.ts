import { EventReader } from "../../src/realtime/event-reader.ts";

/** A reader of events that records the calls of its handlers. */
export function createReader() {
  const calls: unknown[] = [];
  const reader = new EventReader({
    onChange: (updatedAt) => void calls.push(updatedAt),
    onRetry: (ms) => void calls.push({ retry: ms }),
    onUnknownEvent: () => void calls.push("unknown"),
  });
  const feed = (...chunks: readonly (string | Uint8Array)[]) => {
    for (const chunk of chunks)
      reader.read(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    return calls;
  };
  return { feed, calls };
}
