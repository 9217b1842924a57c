import { expect, it } from "vitest";
import { followConnection, SilentConnection } from "../../src/realtime/event-stream.ts";
import { allowNoUnhandledRejection, FakeClock, settle } from "../fake-platform.ts";

allowNoUnhandledRejection();

function connection(body: () => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>) {
  const clock = new FakeClock();
  const heard: unknown[] = [];
  const ending = new AbortController();
  let given: AbortSignal | undefined;
  const follow = () =>
    followConnection(
      {
        open: async (signal) => {
          given = signal;
          return body();
        },
        timers: clock,
        timeoutMs: 90_000,
        onOpen: () => void heard.push(`open${ending.signal.aborted ? " after the end" : ""}`),
        onChunk: (chunk) => void heard.push(chunk.length + (ending.signal.aborted ? 0.5 : 0)),
      },
      ending.signal,
    );
  return { clock, heard, ending, follow, signal: () => given };
}

const chunks = (...sizes: readonly number[]) =>
  new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const size of sizes) controller.enqueue(new Uint8Array(size));
      controller.close();
    },
  });

it("hands on what comes, as it comes, until the server ends it", async () => {
  const { heard, follow, clock, signal } = connection(() => chunks(1, 2, 3));
  await follow();
  expect(heard).toEqual(["open", 1, 2, 3]);
  expect(clock.pending).toBe(0);
  expect(signal()?.aborted).toBe(true);
});

it("fails with what opening fails with", async () => {
  const failure = new Error("no");
  const { heard, follow, clock } = connection(() => Promise.reject(failure));
  await expect(follow()).rejects.toBe(failure);
  expect([heard, clock.pending]).toEqual([[], 0]);
});

it("fails once it has been silent for too long, and leaves the stream", async () => {
  let cancelled = 0;
  const { follow, clock, signal } = connection(
    () => new ReadableStream({ cancel: () => void cancelled++ }),
  );
  const outcome = expect(follow()).rejects.toBeInstanceOf(SilentConnection);
  await clock.advance(90_000);
  await outcome;
  expect([cancelled, clock.pending, signal()?.aborted]).toEqual([1, 0, true]);
});

it("tells nothing any more once it was ended, at whatever moment that is", async () => {
  for (let turns = 0; turns < 60; turns++) {
    const { heard, follow, clock, ending } = connection(() => chunks(1, 2, 3));
    const outcome = follow().catch(() => undefined);
    for (let turn = 0; turn < turns; turn++) await undefined;
    ending.abort();
    await outcome;
    await settle();
    expect(heard.filter((one) => String(one).match(/after|[.]5/))).toEqual([]);
    expect(clock.pending).toBe(0);
  }
});
