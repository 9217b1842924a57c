import { expect, it, vi } from "vitest";
import { isolateDelivery } from "../../src/reporting/isolate-delivery.ts";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { counts, fakeDelivery, request, statusError } from "./fake-delivery.ts";

allowNoUnhandledRejection();

const isolate = () => fakeDelivery({ createDelivery: isolateDelivery });

it("starts nothing without a waitUntil", async () => {
  const { clock, attempts, add, fill, delivery } = isolate();
  add();
  fill();
  await clock.advance(60_000);
  expect([attempts.length, clock.sleeps.length]).toEqual([0, 0]);
  expect(delivery.counts().pending).toBe(2);
});

it("one warning names forRequest if items wait for 10 s without a waitUntil", async () => {
  const { clock, add, logger } = isolate();
  add();
  await clock.advance(9999);
  add();
  expect(logger.warnings).toEqual([]);
  await clock.advance(1);
  add();
  await clock.advance(60_000);
  add();
  expect(logger.warnings).toEqual(["Texts are not sent without forRequest(ctx) or flush()."]);
});

it("programs that use flush() or a waitUntil are not warned", async () => {
  for (const use of ["flush", "waitUntil"]) {
    const { clock, add, delivery, last, logger } = isolate();
    add();
    if (use === "waitUntil") add(() => undefined);
    else {
      const flushed = delivery.flush();
      last().succeed();
      await flushed;
    }
    await clock.advance(10_000);
    add();
    expect(logger.warnings).toEqual([]);
  }
});

it("the first request sends the items of its first 500 ms under its waitUntil", async () => {
  const { clock, attempts, add, last, delivery } = isolate();
  const { work, waitUntil } = request();
  add(waitUntil);
  add(waitUntil);
  expect(work).toHaveLength(1);
  await clock.advance(499);
  expect(attempts).toHaveLength(0);
  await clock.advance(1);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(work);
  expect(delivery.counts()).toEqual(counts({ accepted: 2 }));
  expect(clock.pending).toBe(0);
});

it("one request in 10 s sends the items of all requests", async () => {
  const { clock, attempts, add, last } = isolate();
  const first = request();
  add(first.waitUntil);
  await clock.advance(500);
  last().succeed();
  await Promise.all(first.work);
  const others = [request(), request(), request()];
  for (const { waitUntil } of others) add(waitUntil);
  await clock.advance(9499);
  for (const { waitUntil } of others) add(waitUntil);
  expect(others.flatMap(({ work }) => work)).toEqual([]);
  await clock.advance(1);
  const late = request();
  add(late.waitUntil);
  expect(late.work).toHaveLength(1);
  await clock.advance(500);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(7);
  last().succeed();
  await Promise.all(late.work);
});

it("a cancelled request does not block later deliveries", async () => {
  const { clock, attempts, add, last } = isolate();
  add(() => undefined);
  await clock.advance(0);
  clock.cutOff();
  const later = request();
  await clock.advance(10_000);
  add(later.waitUntil);
  expect(later.work).toHaveLength(1);
  expect(attempts).toHaveLength(0);
  await clock.advance(500);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(later.work);
});

it("queues a batch again that was cancelled with its request", async () => {
  const { clock, attempts, add, last, delivery, logger } = isolate();
  add(request().waitUntil);
  await clock.advance(500);
  expect(delivery.counts().pending).toBe(1);
  await clock.advance(15_001);
  const later = request();
  add(later.waitUntil);
  await clock.advance(500);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  expect(delivery.counts()).toEqual(counts({ pending: 2, unconfirmed: 1 }));
  expect(logger.warnings).toEqual([
    "Texts could not be sent: cancelled with its request; will retry.",
  ]);
  last().succeed();
  await Promise.all(later.work);
  expect(delivery.counts()).toEqual(counts({ accepted: 2, unconfirmed: 1 }));
});

it("an attempt counts as cancelled 5 s after its timeout, not before", async () => {
  const { clock, attempts, add, delivery } = isolate();
  add();
  void delivery.flush();
  await clock.advance(15_000);
  await delivery.flush();
  expect(attempts).toHaveLength(1);
  await clock.advance(1);
  const flushed = delivery.flush();
  expect(attempts).toHaveLength(2);
  attempts[1]?.succeed();
  await flushed;
});

it("counts a batch once that succeeds after it counted as cancelled", async () => {
  const { clock, attempts, add, last, delivery } = isolate();
  add(request().waitUntil);
  await clock.advance(20_000);
  add(request().waitUntil);
  await clock.advance(500);
  attempts[0]?.succeed();
  last().succeed();
  await settle();
  expect(delivery.counts()).toEqual(counts({ accepted: 2, unconfirmed: 1 }));
});

it("never waits for an attempt of another request", async () => {
  const { clock, add, last, delivery } = isolate();
  add(request().waitUntil);
  await clock.advance(500);
  await delivery.flush();
  add();
  const flushed = delivery.flush();
  last().succeed();
  await flushed;
  expect(delivery.counts()).toMatchObject({ accepted: 1, pending: 1 });
});

it("a flush sends what a cancelled close() left behind", async () => {
  const { clock, attempts, add, last, delivery } = isolate();
  add();
  void delivery.close();
  await clock.advance(20_000);
  const flushed = delivery.flush();
  expect(attempts).toHaveLength(2);
  last().succeed();
  await flushed;
  expect(delivery.counts()).toEqual(counts({ accepted: 1, unconfirmed: 1 }));
});

it("a second close() does not wait for the first", async () => {
  const { clock, attempts, add, delivery } = isolate();
  add();
  void delivery.close();
  await settle();
  expect(attempts).toHaveLength(1);
  const second = vi.fn();
  void delivery.close().then(second);
  await settle();
  expect(second).toHaveBeenCalledTimes(1);
  expect(clock.pending).toBe(0);
});

it("sends a full queue without delay, but not during another attempt", async () => {
  const { attempts, fill, last } = isolate();
  const { work, waitUntil } = request();
  fill(waitUntil);
  expect([work.length, attempts.length]).toEqual([1, 1]);
  fill(waitUntil);
  expect(attempts).toHaveLength(1);
  last().succeed();
  await Promise.all(work);
  fill(waitUntil);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("a Retry-After blocks requests", async () => {
  const { clock, attempts, add, fill, last } = isolate();
  add(request().waitUntil);
  await clock.advance(500);
  last().fail(statusError(429, 60_000));
  await clock.advance(59_000);
  const early = request();
  add(early.waitUntil);
  fill(early.waitUntil);
  expect(early.work).toEqual([]);
  await clock.advance(1000);
  const late = request();
  add(late.waitUntil);
  await clock.advance(500);
  expect([late.work.length, attempts.length]).toEqual([1, 2]);
  last().succeed();
  await settle();
});

it("the longest Retry-After counts if several attempts receive one", async () => {
  const { clock, add, attempts, delivery } = isolate();
  add();
  const first = delivery.flush();
  add();
  const second = delivery.flush();
  attempts[0]?.fail(statusError(429, 60_000));
  attempts[1]?.fail(statusError(429, 50));
  await Promise.all([first, second]);
  await clock.advance(30_000);
  await delivery.flush();
  expect(attempts).toHaveLength(2);
});

it("sends nothing after close()", async () => {
  const { clock, attempts, add, last, delivery } = isolate();
  const { work, waitUntil } = request();
  add(waitUntil);
  const closed = delivery.close();
  last().fail(statusError(500));
  await closed;
  await clock.advance(60_000);
  await Promise.all(work);
  expect(attempts).toHaveLength(1);
  expect(delivery.counts()).toEqual(counts({ dropped: 1, unconfirmed: 1 }));
});

it("drops what arrives after close()", async () => {
  const { add, delivery, attempts } = isolate();
  await delivery.close();
  expect(delivery.capacity(5)).toBe(0);
  const { work, waitUntil } = request();
  add(waitUntil);
  expect([work, attempts]).toEqual([[], []]);
});

it("close() drops a batch that fails during the last attempt", async () => {
  const { add, attempts, delivery } = isolate();
  add();
  const flushed = delivery.flush();
  add();
  const closed = delivery.close();
  attempts[0]?.fail(statusError(500));
  await flushed;
  expect(delivery.counts()).toEqual(counts({ pending: 2, unconfirmed: 1 }));
  attempts[1]?.succeed();
  await closed;
  expect(delivery.counts()).toEqual(counts({ accepted: 1, dropped: 1, unconfirmed: 1 }));
  await delivery.flush();
  expect(attempts).toHaveLength(2);
});
