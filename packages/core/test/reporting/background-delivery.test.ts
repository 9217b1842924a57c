import { expect, it } from "vitest";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { counts, fakeDelivery, fakeExit, statusError } from "./fake-delivery.ts";

allowNoUnhandledRejection();

/** Expects a second attempt between two times from now, in seconds, and lets it succeed. */
async function expectSecondAttempt(
  { clock, attempts, last }: ReturnType<typeof fakeDelivery>,
  after: number,
  before: number,
) {
  await clock.advance(after * 1000);
  expect(attempts).toHaveLength(1);
  await clock.advance((before - after) * 1000);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
}

it("starts nothing while the queue is empty", async () => {
  const { clock, attempts, delivery } = fakeDelivery();
  await delivery.flush();
  await clock.advance(60_000);
  expect([attempts.length, clock.delays, clock.sleeps]).toEqual([0, [], []]);
  expect(delivery.counts()).toEqual(counts({}));
});

it("sends the queue 10 s after its first item", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  add();
  add();
  expect(clock.pending).toBe(1);
  await clock.advance(9999);
  expect(attempts).toHaveLength(0);
  await clock.advance(1);
  expect(last().batch).toEqual(["text 0", "text 1"]);
  expect(delivery.counts()).toEqual(counts({ pending: 2 }));
  last().succeed();
  await settle();
  expect(delivery.counts()).toEqual(counts({ accepted: 2 }));
  expect(clock.pending).toBe(0);
});

it("sends an item 10 s after it was queued, although a flush sent earlier ones in the meantime", async () => {
  const fake = fakeDelivery();
  const { clock, add, last, delivery } = fake;
  add();
  await clock.advance(8000);
  const flushed = delivery.flush();
  add();
  last().succeed();
  await flushed;
  await expectSecondAttempt(fake, 8, 12);
});

it("gives an attempt no signal and no deadline besides its timeout", async () => {
  const { add, last, delivery } = fakeDelivery();
  add();
  void delivery.flush();
  expect(last().call).toEqual({ signal: undefined, deadlineAt: Number.POSITIVE_INFINITY });
  last().succeed();
});

it("keeps items that arrive during an attempt for the next batch", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  add();
  const flushed = delivery.flush();
  add();
  add();
  expect(delivery.counts().pending).toBe(3);
  expect(last().batch).toEqual(["text 0"]);
  last().succeed();
  await flushed;
  expect(delivery.counts()).toMatchObject({ accepted: 1, pending: 2 });
  await clock.advance(11_000);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
});

it("flushes during an attempt share one following attempt", async () => {
  const { add, attempts, last, delivery } = fakeDelivery();
  let done = 0;
  const flush = () => delivery.flush().then(() => void done++);
  const flushes = [];
  for (let count = 0; count < 3; count++) {
    add();
    flushes.push(flush());
  }
  await settle();
  expect([attempts.length, done]).toEqual([1, 0]);
  last().succeed();
  await settle();
  expect([attempts.length, done]).toEqual([2, 1]);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(flushes);
  expect(attempts).toHaveLength(2);
  expect(delivery.counts()).toMatchObject({ accepted: 3, pending: 0 });
});

it("makes one attempt at a time, whatever triggers it", async () => {
  const { onExit, exit } = fakeExit();
  const { clock, add, fill, attempts, last, delivery } = fakeDelivery({ onExit });
  add();
  void delivery.flush();
  fill();
  await clock.advance(60_000);
  exit();
  void delivery.flush();
  await settle();
  expect(attempts).toHaveLength(1);
  last().succeed();
  // Before the waiting flush continues.
  await Promise.resolve();
  fill();
  await settle();
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
  expect(delivery.counts()).toMatchObject({ accepted: 3, pending: 0 });
  expect(attempts).toHaveLength(2);
});

it("tries again every 10 s after failures, even if no item is added", async () => {
  const { clock, attempts, add, last } = fakeDelivery();
  add();
  for (let count = 1; count <= 3; count++) {
    await clock.advance(11_001);
    expect(attempts).toHaveLength(count);
    last().fail(statusError(500));
  }
  await clock.advance(11_001);
  last().succeed();
  await clock.advance(60_000);
  expect([attempts.length, clock.pending]).toEqual([4, 0]);
});

it("puts a failed batch back before newer items", async () => {
  const { add, last, delivery } = fakeDelivery();
  for (let count = 0; count < 3; count++) add();
  const flushed = delivery.flush();
  for (let count = 0; count < 4; count++) add();
  last().fail(statusError(500));
  await flushed;
  expect(delivery.counts()).toEqual(counts({ pending: 7, unconfirmed: 3 }));
  void delivery.flush();
  expect(last().batch).toHaveLength(7);
  last().succeed();
});

it("sends a full queue without delay, one batch at a time", async () => {
  const { attempts, fill, last } = fakeDelivery();
  fill();
  expect(attempts).toHaveLength(1);
  fill();
  expect(attempts).toHaveLength(1);
  last().succeed();
  await settle();
});

it("sends a queue that filled up during an attempt as soon as that succeeds", async () => {
  const { attempts, add, fill, last } = fakeDelivery();
  fill();
  add();
  fill();
  expect(attempts).toHaveLength(1);
  last().succeed();
  await settle();
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  add();
  last().succeed();
  await settle();
  expect(attempts).toHaveLength(2);
});

it("sends a queue that filled up during a failed attempt 10 s later", async () => {
  const fake = fakeDelivery();
  fake.fill();
  fake.fill();
  fake.last().fail(statusError(500));
  await expectSecondAttempt(fake, 8, 12);
});

it("a Retry-After blocks timers, flushes and full queues", async () => {
  const fake = fakeDelivery();
  fake.add();
  await fake.flushInto(statusError(429, 60_000));
  await fake.delivery.flush();
  fake.fill();
  await expectSecondAttempt(fake, 59, 71);
});

it("a Retry-After blocks a flush that waits for the attempt in flight", async () => {
  const { clock, add, attempts, last, delivery } = fakeDelivery();
  add();
  const first = delivery.flush();
  add();
  const second = delivery.flush();
  await clock.advance(11_000);
  last().fail(statusError(429, 60_000));
  await Promise.all([first, second]);
  expect(attempts).toHaveLength(1);
  await clock.advance(66_001);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await settle();
});

it("a flush during a Retry-After only waits for the attempt in flight", async () => {
  const { onExit, exit } = fakeExit();
  const { add, attempts, last, flushInto, delivery } = fakeDelivery({ onExit });
  add();
  await flushInto(statusError(429, 60_000));
  exit();
  expect(attempts).toHaveLength(2);
  let isDone = false;
  const flushed = delivery.flush().then(() => {
    isDone = true;
  });
  await settle();
  expect([attempts.length, isDone]).toEqual([2, false]);
  last().succeed();
  await flushed;
});

it("a timer that started before a Retry-After does not send during it", async () => {
  const { clock, attempts, add, last, flushInto } = fakeDelivery();
  add();
  await clock.advance(5000);
  await flushInto(statusError(503, 30_000));
  await clock.advance(29_000);
  expect(attempts).toHaveLength(1);
  await clock.advance(12_000);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("a Retry-After also postpones items that were queued during its attempt", async () => {
  const fake = fakeDelivery();
  fake.add();
  const flushed = fake.flushInto(statusError(429, 60_000));
  fake.add();
  await flushed;
  await expectSecondAttempt(fake, 59, 61);
});

it("never starts a timer that is too long for setTimeout", async () => {
  const { clock, add, flushInto } = fakeDelivery();
  add();
  await clock.advance(8000);
  await flushInto(statusError(503, Number.POSITIVE_INFINITY));
  await clock.advance(4000);
  expect(Math.max(...clock.delays)).toBe(2 ** 31 - 1);
});
