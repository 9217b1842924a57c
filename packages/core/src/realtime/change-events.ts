import { createParser } from "eventsource-parser";
import { parseJson } from "../api/schema.ts";

/** What a stream of server-sent events says. */
export interface ChangeNotices {
  /** The environment was changed then, in epoch seconds with their fraction. */
  readonly onChange: (updatedAt: number) => void;
  /** The server's wish for the wait before a new connection. */
  readonly onRetry: (ms: number) => void;
  /** An event that says nothing of a change. */
  readonly onNonsense: () => void;
}

/** Far more than an event has: what never ends must not fill the memory. */
const maxEventLength = 65_536;

/**
 * Makes the function that reads the bytes of one stream, however they are cut.
 *
 * It throws where an event has no end in sight.
 */
export function createNoticeReader(notices: ChangeNotices): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onRetry: notices.onRetry,
    onEvent: ({ data }) => {
      const updatedAt: unknown = Reflect.get(Object(parseJson(data)), "updated_at");
      // Whatever the event's name is.
      if (isInstant(updatedAt)) notices.onChange(updatedAt);
      else notices.onNonsense();
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
}

function isInstant(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
