import { parseMicros } from "../environment/timestamps.ts";
import { getMember, parseJson } from "../platform/json.ts";

/** In characters, with line breaks. Far longer than any event, so that an event without an end cannot fill the memory. */
const maxEventLength = 65_537;

/** The fields of server-sent events that matter, with an optional value. */
const fieldPattern = /^(data|retry)(?:: ?(.*))?$/s;

interface EventHandlers {
  /** The environment changed at this time, in epoch seconds with a fraction. */
  readonly onChange: (updatedAt: number) => void;
  /** The server set the base delay for reconnects. */
  readonly onRetry: (ms: number) => void;
  /** An event without a time. */
  readonly onUnknownEvent: () => void;
}

/** Parses the bytes of one stream of server-sent events, in chunks of any size. The names of events do not matter. */
export class EventReader {
  readonly #handlers: EventHandlers;
  readonly #decoder = new TextDecoder();
  /** The lines of data of an event that has not ended, each after a line break. */
  #data = "";
  /** The start of a line that has not ended. */
  #line = "";
  /** The last line ended with CR, which a LF may follow in the next chunk. */
  #isAfterReturn = false;

  constructor(handlers: EventHandlers) {
    this.#handlers = handlers;
  }

  /** Throws if an event is too long. */
  read(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    if (text === "") return;
    const added = this.#isAfterReturn ? text.replace(/^\n/, "") : text;
    this.#isAfterReturn = text.endsWith("\r");
    const lines = (this.#line + added).split(/\r\n|\r|\n/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#readLine(line);
    if (this.#line.length + this.#data.length > maxEventLength)
      throw new RangeError("an event is too long");
  }

  #readLine(line: string): void {
    const [, field, value = ""] = fieldPattern.exec(line) ?? [];
    if (field === "data") this.#data += `\n${value}`;
    else if (field === "retry" && /^\d+$/.test(value)) this.#handlers.onRetry(Number(value));
    else if (line === "" && this.#data !== "") this.#endEvent();
  }

  #endEvent(): void {
    const event = parseJson(this.#data);
    this.#data = "";
    const updatedAt = toSeconds(getMember(event, "updated_at"));
    if (Number.isNaN(updatedAt)) this.#handlers.onUnknownEvent();
    else this.#handlers.onChange(updatedAt);
  }
}

/** Larger numbers are milliseconds: as seconds they would be after the year 5000. */
const maxSeconds = 1e11;

/** Converts epoch seconds, epoch milliseconds or an ISO 8601 date to epoch seconds. Returns NaN for anything else. */
function toSeconds(time: unknown): number {
  if (typeof time === "string") return parseMicros(time) / 1e6;
  if (typeof time !== "number" || !Number.isFinite(time) || time < 0) return Number.NaN;
  return time > maxSeconds ? time / 1000 : time;
}
