import { expect, it } from "vitest";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { counts, fakeDelivery, fakeExit, request, statusError } from "./fake-delivery.ts";

allowNoUnhandledRejection();

it("a request sends the items of its first 500 ms under its waitUntil", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  const { work, waitUntil } = request();
  add();
  add(waitUntil);
  add(waitUntil);
  expect(work).toHaveLength(1);
  await clock.advance(499);
  expect(attempts).toHaveLength(0);
  await clock.advance(1);
  expect(last().batch).toHaveLength(3);
  last().succeed();
  await Promise.all(work);
  expect(delivery.counts()).toEqual(counts({ accepted: 3 }));
  // No timer is left that would send nothing.
  expect(clock.pending).toBe(0);
});

it("one request in 10 s sends under its waitUntil, the timer sends the rest", async () => {
  const { clock, attempts, add, last } = fakeDelivery();
  const first = request();
  add(first.waitUntil);
  await clock.advance(500);
  last().succeed();
  await Promise.all(first.work);
  const second = request();
  add(second.waitUntil);
  await clock.advance(8000);
  expect([second.work.length, attempts.length]).toEqual([0, 1]);
  await clock.advance(3001);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
  const third = request();
  add(third.waitUntil);
  expect(third.work).toHaveLength(1);
  await clock.advance(500);
  expect(last().batch).toHaveLength(1);
  last().succeed();
  await Promise.all(third.work);
});

it("each request of a process that is frozen between them sends its items", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  for (let count = 1; count <= 3; count++) {
    const { work, waitUntil } = request();
    add(waitUntil);
    await clock.advance(500);
    expect(attempts).toHaveLength(count);
    last().succeed();
    await Promise.all(work);
    expect(delivery.counts()).toEqual(counts({ accepted: count }));
    clock.freeze(3_600_000);
  }
});

it("a request waits for an attempt that a timer started when the process continued", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  add();
  clock.freeze(3_600_000);
  await clock.advance(0);
  expect(attempts).toHaveLength(1);
  const { work, waitUntil } = request();
  add(waitUntil);
  await clock.advance(5000);
  expect(attempts).toHaveLength(1);
  last().succeed();
  await settle();
  expect(last().batch).toHaveLength(1);
  last().succeed();
  await Promise.all(work);
  expect(delivery.counts()).toEqual(counts({ accepted: 2 }));
});

it("a full queue is sent without delay under the waitUntil of its request", async () => {
  const { attempts, fill, last } = fakeDelivery();
  const { work, waitUntil } = request();
  fill(waitUntil);
  expect([work.length, attempts.length]).toEqual([1, 1]);
  fill(waitUntil);
  expect([work.length, attempts.length]).toEqual([1, 1]);
  last().succeed();
  await settle();
  expect(attempts).toHaveLength(2);
  last().succeed();
  await Promise.all(work);
});

it("a Retry-After blocks requests, and the timer sends their items after it", async () => {
  const { clock, attempts, add, last } = fakeDelivery();
  const refused = request();
  add(refused.waitUntil);
  await clock.advance(500);
  last().fail(statusError(429, 60_000));
  await Promise.all(refused.work);
  const early = request();
  add(early.waitUntil);
  expect(early.work).toEqual([]);
  await clock.advance(60_000);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
});

it("close() sends the items that a request was about to send, once", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  const { work, waitUntil } = request();
  add(waitUntil);
  const closed = delivery.close();
  last().succeed();
  await closed;
  await clock.advance(1000);
  await Promise.all(work);
  expect(attempts).toHaveLength(1);
  expect(delivery.counts()).toEqual(counts({ accepted: 1 }));
});

it("the end of the process sends the items that a request was about to send", async () => {
  const { onExit, exit } = fakeExit();
  const { attempts, add, last } = fakeDelivery({ onExit });
  add(request().waitUntil);
  exit();
  expect(attempts).toHaveLength(1);
  last().succeed();
});

it("close() ends the wait of a request and leaves no timer", async () => {
  const { clock, attempts, add, last, delivery } = fakeDelivery();
  const { work, waitUntil } = request();
  add(waitUntil);
  const closed = delivery.close();
  await settle();
  expect([attempts.length, clock.pending]).toEqual([1, 0]);
  last().succeed();
  await Promise.all([closed, ...work]);
  expect(delivery.counts()).toEqual(counts({ accepted: 1 }));
});
