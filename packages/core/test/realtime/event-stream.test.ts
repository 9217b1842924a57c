import { expect, it, vi } from "vitest";
import { EventStream } from "../../src/realtime/event-stream.ts";
import { allowNoUnhandledRejection, FakeClock, recordingLogger, settle } from "../fake-platform.ts";

allowNoUnhandledRejection();

/** An event stream whose connections are given by the test, and the calls of its handlers. */
function createStream(
  open: () => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>,
) {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const calls: unknown[] = [];
  const signals: AbortSignal[] = [];
  const stream = new EventStream(
    {
      open: async (_apiKey, signal) => {
        signals.push(signal);
        return open();
      },
      timers: clock,
      timeoutMs: 90_000,
      logger,
      redact: (text) => text,
    },
    {
      onOpen: () => void calls.push("open"),
      onLost: () => void calls.push("lost"),
      onChange: (updatedAt) => void calls.push(updatedAt),
    },
  );
  return { clock, logger, calls, signals, stream };
}

/** A connection that sends these changes, each in a chunk, and ends. */
function changes(...times: readonly number[]) {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const updatedAt of times) {
        controller.enqueue(encoder.encode(`data: {"updated_at": ${updatedAt}}\n\n`));
      }
      controller.close();
    },
  });
}

it("passes on each change until the server ends the connection", async () => {
  const { stream, calls, signals } = createStream(() => changes(1, 2, 3));
  stream.follow("key");
  await settle();
  expect(calls).toEqual(["open", 1, 2, 3, "lost"]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  stream.stop();
});

it("reports no loss of a connection that could not be opened", async () => {
  const { stream, calls, clock } = createStream(() => Promise.reject(new Error("no")));
  stream.follow("key");
  await settle();
  expect(calls).toEqual([]);
  stream.stop();
  expect(clock.pending).toBe(0);
});

it("cancels a connection without data after the timeout", async () => {
  let cancelled = 0;
  const { stream, calls, clock, signals } = createStream(
    () => new ReadableStream({ cancel: () => void cancelled++ }),
  );
  stream.follow("key");
  await clock.advance(90_000);
  expect(calls).toEqual(["open", "lost"]);
  expect([cancelled, signals[0]?.aborted]).toEqual([1, true]);
  stream.stop();
  expect(clock.pending).toBe(0);
});

it("replaces a connection that the process was too long stopped to read", async () => {
  const connections: ReadableStreamDefaultController<Uint8Array>[] = [];
  const { stream, calls, clock } = createStream(
    () => new ReadableStream({ start: (controller) => void connections.push(controller) }),
  );
  stream.follow("key");
  await settle();
  clock.freeze(600_000);
  connections[0]?.enqueue(new TextEncoder().encode(": ping\n\n"));
  await settle();
  expect(calls).toEqual(["open", "lost"]);
  await clock.advance(1000);
  expect(calls).toEqual(["open", "lost", "open"]);
  stream.stop();
});

it("follows one environment at a time", async () => {
  const { stream, calls, signals } = createStream(() => new ReadableStream());
  stream.follow("key");
  await settle();
  stream.follow("key");
  await settle();
  expect(signals).toHaveLength(1);
  stream.follow("other key");
  expect(stream.isOpen).toBe(false);
  await settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(calls).toEqual(["open", "open"]);
  stream.stop();
});

it("is open for a time since the reconnect, and for any time at first", async () => {
  const connections: ReadableStreamDefaultController[] = [];
  const { stream, clock } = createStream(
    () => new ReadableStream({ start: (controller) => void connections.push(controller) }),
  );
  expect(stream.isOpenFor(0)).toBe(false);
  stream.follow("key");
  await settle();
  expect(stream.isOpenFor(Number.MAX_VALUE)).toBe(true);
  connections[0]?.close();
  await settle();
  expect(stream.isOpenFor(0)).toBe(false);
  await clock.advance(1000);
  const openedAt = clock.sleeps.filter((ms) => ms < 90_000).at(-1) ?? 0;
  await clock.advance(19_000 + openedAt);
  expect([stream.isOpenFor(20_000), stream.isOpenFor(20_001)]).toEqual([true, false]);
  stream.stop();
  expect(stream.isOpenFor(0)).toBe(false);
});

it.each([
  ["while it waits to reconnect", () => Promise.reject(new Error("no"))],
  ["while it is open", () => new ReadableStream<Uint8Array>()],
  ["while it opens", () => new Promise<ReadableStream<Uint8Array>>(() => {})],
])("stop() %s is not logged as a problem", async (_name, open) => {
  const { stream, logger, clock } = createStream(open);
  stream.follow("key");
  await settle();
  const before = [...logger.warnings];
  stream.stop();
  await clock.advance(600_000);
  expect(logger.warnings).toEqual(before);
});

it("debug messages say why a stream was lost and when it reconnects", async () => {
  const { stream, logger, clock } = createStream(() => Promise.reject(new Error("no route")));
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  stream.follow("key");
  await clock.advance(500);
  vi.restoreAllMocks();
  const debugged = logger.lines.filter((line) => line.startsWith("debug "));
  expect(debugged).toEqual([
    expect.stringContaining(" 500 ms"),
    expect.stringContaining("no route"),
    expect.stringContaining(" 1000 ms"),
  ]);
  stream.stop();
});

it("calls no handler after stop(), whenever that is", async () => {
  for (let turns = 0; turns < 60; turns++) {
    const { stream, calls, clock } = createStream(() => changes(1, 2, 3));
    stream.follow("key");
    for (let turn = 0; turn < turns; turn++) await undefined;
    stream.stop();
    const { length } = calls;
    await settle();
    expect(calls).toHaveLength(length);
    expect(clock.pending).toBe(0);
  }
});

it("logs the name and message of an error that ends the stream", async () => {
  const logger = recordingLogger();
  const stream = new EventStream(
    {
      open: async () => changes(1),
      timers: new FakeClock(),
      timeoutMs: 90_000,
      logger,
      redact: (text, secrets) =>
        secrets.reduce((rest, secret) => rest.replace(secret, "***"), text),
    },
    {
      onOpen: () => undefined,
      onLost: () => {
        throw new TypeError("a bug near key-1");
      },
      onChange: () => undefined,
    },
  );
  stream.follow("key-1");
  await settle();
  expect(logger.warnings).toEqual([
    "Realtime updates have stopped; polling continues: TypeError: a bug near ***.",
  ]);
});
