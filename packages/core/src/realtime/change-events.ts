import { createParser } from "eventsource-parser";
import { getMember, parseJson } from "../api/schema.ts";

/** In characters. Far longer than any event, so that an event without an end cannot fill the memory. */
const maxEventLength = 65_536;

/**
 * Creates a function that parses the bytes of one stream of server-sent events, in chunks of any size.
 * It throws if an event is too long.
 *
 * @param handlers - `onChange`: the environment changed at this time, in epoch seconds with a fraction.
 * `onRetry`: the server set the base delay for reconnects. `onUnknownEvent`: an event without a time.
 */
export function createEventReader(handlers: {
  readonly onChange: (updatedAt: number) => void;
  readonly onRetry: (ms: number) => void;
  readonly onUnknownEvent: () => void;
}): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onRetry: handlers.onRetry,
    // The name of the event does not matter.
    onEvent: ({ data }) => {
      const updatedAt = getMember(parseJson(data), "updated_at");
      if (isTime(updatedAt)) handlers.onChange(updatedAt);
      else handlers.onUnknownEvent();
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
