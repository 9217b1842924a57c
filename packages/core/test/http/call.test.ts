import { expect, it } from "vitest";
import { remainingMs, within } from "../../src/http/call.ts";
import { countedSignal, FakeClock, settle } from "../fake-platform.ts";

/** A wait for work whose end and result the test decides. */
function createWait(signal?: AbortSignal) {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  let end = { resolve: (_value: string) => {}, reject: (_reason: unknown) => {} };
  const onExpiry = () => "expired";
  const limit = { timers: clock, limitMs: 1000, signal, onExpiry };
  const work = (working: AbortSignal) => {
    signals.push(working);
    return new Promise<string>((resolve, reject) => {
      end = { resolve, reject };
    });
  };
  return {
    clock,
    limit,
    start: () => within(limit, work),
    resolve: (value: string) => end.resolve(value),
    reject: (reason: unknown) => end.reject(reason),
    isStopped: () => signals.map(({ aborted }) => aborted),
  };
}

it("the result of work in time is returned, and leaves no timer or listener", async () => {
  const { signal, listeners } = countedSignal();
  const { clock, start, resolve, isStopped } = createWait(signal);
  const waiting = start();
  await clock.advance(999);
  expect([clock.pending, listeners.size]).toEqual([1, 1]);
  resolve("done");
  expect(await waiting).toBe("done");
  expect([clock.pending, listeners.size, isStopped()]).toEqual([0, 0, [false]]);
});

it("work that takes too long is stopped and replaced, and leaves no listener", async () => {
  const { signal, listeners } = countedSignal();
  const { clock, start, isStopped } = createWait(signal);
  const waiting = start();
  await clock.advance(999);
  expect(isStopped()).toEqual([false]);
  await clock.advance(1);
  expect(await waiting).toBe("expired");
  expect([clock.pending, listeners.size, isStopped()]).toEqual([0, 0, [true]]);
});

it("work that ended while the process was stopped counts", async () => {
  const { clock, start, resolve, isStopped } = createWait();
  const waiting = start();
  clock.freeze(60_000);
  // The timers that have expired run before the result is read.
  await clock.advance(0);
  resolve("done");
  expect(await waiting).toBe("done");
  expect([clock.pending, isStopped()]).toEqual([0, [false]]);
});

it("work that has not ended soon after a stop of the process is replaced", async () => {
  const { clock, start, isStopped } = createWait();
  const waiting = start();
  clock.freeze(60_000);
  await clock.advance(99);
  expect(isStopped()).toEqual([false]);
  await clock.advance(1);
  expect(await waiting).toBe("expired");
  expect(isStopped()).toEqual([true]);
});

it("an abort ends the wait with its reason, and stops the work", async () => {
  const { controller, signal, listeners } = countedSignal();
  const { clock, start, isStopped } = createWait(signal);
  const waiting = start();
  await settle();
  controller.abort("changed my mind");
  await expect(waiting).rejects.toBe("changed my mind");
  expect([clock.pending, listeners.size, isStopped()]).toEqual([0, 0, [true]]);
});

it("work does not start after an abort", async () => {
  const { start, isStopped, clock } = createWait(AbortSignal.abort("too late"));
  await expect(start()).rejects.toBe("too late");
  expect([isStopped(), clock.sleeps]).toEqual([[], []]);
});

it("the error of work is passed on, and does not abort the signal of the work", async () => {
  const { clock, start, reject, isStopped } = createWait();
  const waiting = start();
  await settle();
  reject(new Error("broken"));
  await expect(waiting).rejects.toThrow("broken");
  expect([clock.pending, isStopped()]).toEqual([0, [false]]);
});

it("work that throws synchronously leaves no timer", async () => {
  const { clock, limit } = createWait();
  const waiting = within(limit, () => {
    throw new Error("broken at once");
  });
  await expect(waiting).rejects.toThrow("broken at once");
  expect(clock.pending).toBe(0);
});

it("the error of onExpiry is passed on", async () => {
  const { clock, limit } = createWait();
  const onExpiry = () => {
    throw new Error("too slow");
  };
  const waiting = within({ ...limit, onExpiry }, () => new Promise<string>(() => {}));
  const failed = expect(waiting).rejects.toThrow("too slow");
  await clock.advance(1000);
  await failed;
});

it("a call has no negative time left", async () => {
  const clock = new FakeClock();
  const call = { signal: undefined, deadlineAt: clock.monotonicNow() + 5 };
  expect(remainingMs(call, clock)).toBe(5);
  await clock.advance(6);
  expect(remainingMs(call, clock)).toBe(0);
});
