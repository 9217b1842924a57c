import { describe, expect, it } from "vitest";
import { createReader } from "./recording-reader.ts";

const change = 'data: {"updated_at": 1795351768.718737}\n\n';

describe("a change is read", () => {
  it.each([
    ["in the documented form", change],
    ["under any event name", `event: environment_updated\nid: 7\n${change}`],
    ["without the space after the colon", 'data:{"updated_at":1795351768.718737}\n\n'],
    ["with other members", 'data: {"a": [], "updated_at": 1795351768.718737, "b": "é"}\n\n'],
    ["over several lines of data", 'data: {\ndata: "updated_at":\ndata: 1795351768.718737}\n\n'],
    ["with CRLF", change.replaceAll("\n", "\r\n")],
    ["with CR alone, after the start of the next line", `${change.replaceAll("\n", "\r")}: next\r`],
    ["after a byte order mark", `\uFEFF${change}`],
    ["after comments", `: ping\n\n:\n${change}`],
    ["after unknown fields", `hello\nx: y\n${change}`],
  ])("%s, split anywhere", (_name, text) => {
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(createReader().feed(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual([
        1795351768.718737,
      ]);
    }
    const { feed, calls } = createReader();
    for (const byte of bytes) feed(Uint8Array.of(byte));
    expect(calls).toEqual([1795351768.718737]);
  });

  it.each([
    ["with a comment between its lines", 'data: {\n: ping\ndata: "updated_at": 1}\n\n'],
    ["with another field between its lines", 'data: {\nid: 5\ndata: "updated_at": 1}\n\n'],
    [
      "after fields whose names only contain a known name",
      'dataset: x\nxdata: x\ndata: {"updated_at": 1}\n\n',
    ],
    ["with an empty line of data", 'data: {"updated_at":\ndata\ndata:\ndata: 1}\n\n'],
  ])("%s", (_name, text) => {
    expect(createReader().feed(text)).toEqual([1]);
  });

  it("although a chunk ends between a CR and the next line", () => {
    expect(createReader().feed("data: {\r", 'data: "updated_at": 1}\n', "\n")).toEqual([1]);
    expect(createReader().feed("data: {\r", '\ndata: "updated_at": 1}\r', "\n\r\n")).toEqual([1]);
    const last = '\ndata: "updated_at": 1}\n\n';
    expect(createReader().feed("data: {\r", "", last)).toEqual([1]);
  });

  it("only at the end of its event", () => {
    const { feed, calls } = createReader();
    feed('data: {"updated_at": 1}\n');
    expect(calls).toEqual([]);
    feed("\n");
    expect(calls).toEqual([1]);
  });

  it("for each of many events in one chunk", () => {
    const text = Array.from({ length: 500 }, (_, at) => `data: {"updated_at": ${at}}\n\n`).join("");
    expect(createReader().feed(text)).toHaveLength(500);
  });
});

it.each([
  ["seconds", 1795351768.718737],
  ["milliseconds", 1795351768718.737],
  ["ISO 8601", '"2026-11-22T12:49:28.718737+00:00"'],
  ["ISO 8601 without a zone", '"2026-11-22T12:49:28.718737"'],
])("reads a date in %s", (_name, date) => {
  expect(createReader().feed(`data: {"updated_at": ${date}}\n\n`)).toEqual([
    expect.closeTo(1795351768.718737, 5),
  ]);
});

it.each([
  ["0", 0],
  // The last second that is not taken for a millisecond.
  ["100000000000", 100_000_000_000],
  ["100000000001", 100_000_000.001],
])("reads the number %s as %d seconds", (date, seconds) => {
  expect(createReader().feed(`data: {"updated_at": ${date}}\n\n`)).toEqual([seconds]);
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
  'data: {"updated_at": 1e999}',
  'data: {"updated_at": -1}',
  'data: {"updated_at": true}',
  'data: {"updated_at": 1',
  'data: {"__proto__": {"updated_at": 1}}',
  'data: {"updated_at": {}}',
  "data",
  "data: \u0000",
  // Lines are joined by a line end, which must not be within a number.
  'data: {"updated_at": 1\ndata: 2}',
  "event: x\ndata: \uD800",
])("reports %j as unknown and continues", (text) => {
  expect(createReader().feed(`${text}\n\n`, change)).toEqual(["unknown", 1795351768.718737]);
});

it("reports invalid UTF-8 as unknown and continues", () => {
  const bytes = Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 0x0a, 0x0a);
  expect(createReader().feed(bytes, change)).toEqual(["unknown", 1795351768.718737]);
});

it("ignores a retry field that is more than a number, and fields with similar names", () => {
  expect(createReader().feed("retry: 12x\n\nretries: 12\n\nxretry: 12\n\n")).toEqual([]);
});

it("keeps at most 65,536 characters of an event that has not ended", () => {
  const line = (length: number) => `data: ${"x".repeat(length)}\n`;
  expect(createReader().feed(line(65_536), "\n", change)).toEqual(["unknown", 1795351768.718737]);
  expect(() => createReader().feed(line(65_537))).toThrow("too long");
});

it("takes little time for an event of many lines in single chunks", () => {
  const startedAt = performance.now();
  const reader = createReader();
  for (let count = 0; count < 30_000; count++) reader.feed("data:\n");
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

it("reports the retry field if it is a number", () => {
  expect(createReader().feed("retry: 2500\n\nretry: soon\n\nretry: -1\n\nretry\n\n")).toEqual([
    { retry: 2500 },
  ]);
});

it.each([
  ["line", "data: ", "x"],
  ["event", "", "data: x\n"],
])("throws at a %s without an end, instead of buffering it", (_name, start, more) => {
  const { feed } = createReader();
  expect(() => {
    feed(start);
    for (let count = 0; count < 100; count++) feed(more.repeat(1000));
  }).toThrow();
});
