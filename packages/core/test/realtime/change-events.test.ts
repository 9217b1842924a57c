import { describe, expect, it } from "vitest";
import { createEventReader } from "../../src/realtime/change-events.ts";

function reader() {
  const heard: unknown[] = [];
  const read = createEventReader({
    onChange: (updatedAt) => void heard.push(updatedAt),
    onRetry: (ms) => void heard.push({ retry: ms }),
    onUnknownEvent: () => void heard.push("unknown"),
  });
  const feed = (...chunks: readonly (string | Uint8Array)[]) => {
    for (const chunk of chunks)
      read(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    return heard;
  };
  return { feed, heard };
}

const notice = 'data: {"updated_at": 1795351768.718737}\n\n';

describe("a change is heard", () => {
  it.each([
    ["as it is documented", notice],
    ["under any event name", `event: environment_updated\nid: 7\n${notice}`],
    ["without the space after the colon", 'data:{"updated_at":1795351768.718737}\n\n'],
    ["with other members", 'data: {"a": [], "updated_at": 1795351768.718737, "b": "é"}\n\n'],
    ["over several lines of data", 'data: {\ndata: "updated_at":\ndata: 1795351768.718737}\n\n'],
    ["with CRLF", notice.replaceAll("\n", "\r\n")],
    ["with CR alone, once the next line is there", `${notice.replaceAll("\n", "\r")}: next\r`],
    ["after a byte order mark", `\uFEFF${notice}`],
    ["after comments", `: ping\n\n:\n${notice}`],
    ["after unknown fields", `hello\nx: y\n${notice}`],
  ])("%s, cut anywhere", (_name, text) => {
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(reader().feed(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual([
        1795351768.718737,
      ]);
    }
    const { feed, heard } = reader();
    for (const byte of bytes) feed(Uint8Array.of(byte));
    expect(heard).toEqual([1795351768.718737]);
  });

  it("only when its event has ended", () => {
    const { feed, heard } = reader();
    feed('data: {"updated_at": 1}\n');
    expect(heard).toEqual([]);
    feed("\n");
    expect(heard).toEqual([1]);
  });

  it("for each of many events in one chunk", () => {
    const text = Array.from({ length: 500 }, (_, at) => `data: {"updated_at": ${at}}\n\n`).join("");
    expect(reader().feed(text)).toHaveLength(500);
  });
});

it.each([
  "data: ping",
  "data: {}",
  "data: null",
  "data: 5",
  "data: [1]",
  'data: {"updated_at": "1795351768"}',
  'data: {"updated_at": null}',
  'data: {"updated_at": -1}',
  'data: {"updated_at": 1e999}',
  'data: {"updated_at": NaN}',
  'data: {"updated_at": 1',
  'data: {"__proto__": {"updated_at": 1}}',
  'data: {"updated_at": {}}',
  "data",
  "data: \u0000",
  "event: x\ndata: \uD800",
])("takes %j for an event that tells of no change, and reads on", (text) => {
  expect(reader().feed(`${text}\n\n`, notice)).toEqual(["unknown", 1795351768.718737]);
});

it("takes bytes that are no UTF-8 for no change, and reads on", () => {
  const bytes = Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 0x0a, 0x0a);
  expect(reader().feed(bytes, notice)).toEqual(["unknown", 1795351768.718737]);
});

it("hears the server's wish for the wait, and nothing in one that is no number", () => {
  expect(reader().feed("retry: 2500\n\nretry: soon\n\nretry: -1\n\nretry\n\n")).toEqual([
    { retry: 2500 },
  ]);
});

it.each([
  ["line", "data: ", "x"],
  ["event", "", "data: x\n"],
])("throws at a %s without an end, instead of keeping all of it", (_name, start, more) => {
  const { feed } = reader();
  expect(() => {
    feed(start);
    for (let count = 0; count < 100; count++) feed(more.repeat(1000));
  }).toThrow();
});
