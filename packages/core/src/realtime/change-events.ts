import { createParser } from "eventsource-parser";
import { getMember, parseJson } from "../api/schema.ts";
import { parseMicros } from "../environment/timestamps.ts";

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
      const updatedAt = toSeconds(getMember(parseJson(data), "updated_at"));
      if (updatedAt !== undefined) handlers.onChange(updatedAt);
      else handlers.onUnknownEvent();
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
}

/** Larger numbers are milliseconds: as seconds they would be after the year 5000. */
const maxSeconds = 1e11;

/** Converts epoch seconds, epoch milliseconds or an ISO 8601 date to epoch seconds. */
function toSeconds(time: unknown): number | undefined {
  if (typeof time === "string") {
    const micros = parseMicros(time);
    return micros === undefined ? undefined : micros / 1e6;
  }
  if (typeof time !== "number" || !(time >= 0 && time < Number.POSITIVE_INFINITY)) return undefined;
  return time > maxSeconds ? time / 1000 : time;
}
