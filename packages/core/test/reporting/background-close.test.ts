import { expect, it } from "vitest";
import { FlagsmithAPIError } from "../../src/errors.ts";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { counts, fakeDelivery, fakeExit, statusError } from "./fake-delivery.ts";

allowNoUnhandledRejection();

it("close() makes one last attempt, even during a Retry-After", async () => {
  const { clock, add, last, delivery, flushInto } = fakeDelivery();
  add();
  await flushInto(statusError(429, 60_000));
  const closed = delivery.close();
  expect(clock.pending).toBe(0);
  last().succeed();
  await closed;
  expect(delivery.counts()).toEqual(counts({ accepted: 1 }));
});

it("close() drops what the last attempt could not deliver", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  add();
  const flushed = delivery.flush();
  add();
  const closed = delivery.close();
  attempts[0]?.fail(statusError(500));
  await settle();
  last().fail(new FlagsmithAPIError("API_TIMEOUT", "too late"));
  await Promise.all([flushed, closed]);
  expect(delivery.counts()).toEqual(counts({ dropped: 2, unconfirmed: 3 }));
  await delivery.flush();
  await delivery.close();
  await clock.advance(60_000);
  expect([attempts.length, clock.pending]).toEqual([2, 0]);
});

it("close() waits for the attempt in flight", async () => {
  const { add, attempts, last, delivery } = fakeDelivery();
  add();
  void delivery.flush();
  let isClosed = false;
  const closed = delivery.close().then(() => {
    isClosed = true;
  });
  await settle();
  expect([isClosed, attempts.length]).toEqual([false, 1]);
  last().succeed();
  await closed;
  expect(delivery.counts().accepted).toBe(1);
});

it("the last attempt includes the items of a failed attempt in flight", async () => {
  const { clock, add, attempts, last, delivery } = fakeDelivery();
  add();
  void delivery.flush();
  add();
  const closed = delivery.close();
  attempts[0]?.fail(statusError(503));
  await settle();
  expect(clock.pending).toBe(0);
  last().succeed();
  await closed;
  expect(delivery.counts()).toEqual(counts({ accepted: 2, unconfirmed: 1 }));
});

it.each(["before", "after"])("a flush %s close() shares the last attempt", async (when) => {
  const { add, attempts, last, delivery } = fakeDelivery();
  add();
  const all = [delivery.flush()];
  add();
  if (when === "before") all.push(delivery.flush());
  all.push(delivery.close());
  if (when === "after") all.push(delivery.flush());
  let done = 0;
  for (const each of all) void each.then(() => void done++);
  await settle();
  expect(attempts).toHaveLength(1);
  last().fail(statusError(500));
  await settle();
  expect([attempts.length, done]).toEqual([2, 1]);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(all);
  expect(attempts).toHaveLength(2);
  expect(delivery.counts()).toEqual(counts({ accepted: 2, unconfirmed: 1 }));
});

it("sends once when the process exits", async () => {
  const { onExit, exit, registered } = fakeExit();
  const { attempts, add, last } = fakeDelivery({ onExit });
  expect(registered()).toBe(0);
  add();
  add();
  expect(registered()).toBe(1);
  exit();
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await settle();
  // A process that evaluates flags in its exit handler must still exit.
  add();
  expect([registered(), attempts.length]).toEqual([1, 1]);
});

it("listens for the exit only while it has items", async () => {
  const { onExit, exit, tasks } = fakeExit();
  const { attempts, add, last, delivery } = fakeDelivery({ onExit });
  const waiting: number[] = [];
  const flush = async (end: () => void) => {
    const flushed = delivery.flush();
    waiting.push(tasks.size);
    end();
    await flushed;
    waiting.push(tasks.size);
  };
  add();
  await flush(() => last().fail(statusError(503)));
  await flush(() => last().succeed());
  add();
  await flush(() => last().fail(statusError(403)));
  expect(waiting).toEqual([1, 1, 1, 0, 1, 0]);
  add();
  exit();
  last().succeed();
  await settle();
  add();
  expect([tasks.size, attempts.length]).toEqual([0, 4]);
});

it("listens for the exit while a second full batch is in flight", async () => {
  const { onExit, tasks } = fakeExit();
  const { fill, last, attempts } = fakeDelivery({ onExit });
  fill();
  fill();
  last().succeed();
  await settle();
  expect([attempts.length, tasks.size]).toEqual([2, 1]);
  last().succeed();
  await settle();
  expect(tasks.size).toBe(0);
});

it("close() stops listening for the exit", async () => {
  const { onExit, tasks } = fakeExit();
  const { add, last, delivery } = fakeDelivery({ onExit });
  add();
  expect(tasks.size).toBe(1);
  const closed = delivery.close();
  last().succeed();
  await closed;
  expect(tasks.size).toBe(0);
});

it("starts nothing for items that arrive after close()", async () => {
  const { onExit, registered } = fakeExit();
  const { clock, add, fill, delivery } = fakeDelivery({ onExit });
  await delivery.close();
  const waiting: unknown[] = [];
  add((work) => void waiting.push(work));
  fill((work) => void waiting.push(work));
  expect([waiting, registered(), clock.pending]).toEqual([[], 0, 0]);
});
