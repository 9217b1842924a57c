import { expect, it, vi } from "vitest";
import { isolateDelivery } from "../../src/reporting/isolate-delivery.ts";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { fakeDelivery, refusal, request } from "./fake-delivery.ts";

allowNoUnhandledRejection();

const isolate = () => fakeDelivery({ createDelivery: isolateDelivery });

it("starts nothing without a waitUntil", async () => {
  const { clock, attempts, collect, delivery } = isolate();
  collect(undefined);
  collect(undefined, true);
  await clock.advance(60_000);
  expect([attempts.length, clock.sleeps.length]).toEqual([0, 0]);
  expect(delivery.report().pending).toBe(2);
});

it("lets the first request send what its first moments bring, under waitUntil", async () => {
  const { clock, attempts, collect, last, delivery } = isolate();
  const { work, waitUntil } = request();
  collect(waitUntil);
  collect(waitUntil);
  expect([work.length, attempts.length]).toEqual([1, 0]);
  await clock.advance(500);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(work);
  expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 0 });
  expect(clock.pending).toBe(0);
});

it("lets one request in ten seconds send what all of them have collected", async () => {
  const { clock, attempts, collect, last } = isolate();
  const first = request();
  collect(first.waitUntil);
  await clock.advance(500);
  last().succeed();
  await Promise.all(first.work);
  const others = [request(), request(), request()];
  for (const { waitUntil } of others) collect(waitUntil);
  await clock.advance(9499);
  for (const { waitUntil } of others) collect(waitUntil);
  expect(others.flatMap(({ work }) => work)).toEqual([]);
  await clock.advance(1);
  const late = request();
  collect(late.waitUntil);
  expect(late.work).toHaveLength(1);
  await clock.advance(500);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(7);
  last().succeed();
  await Promise.all(late.work);
});

it("claims by an instant, not by what runs: a request that is cut off while it collects stops no later one", async () => {
  const { clock, attempts, collect, last } = isolate();
  // Cut off: its clock never wakes it.
  collect(() => undefined);
  await clock.advance(0);
  const later = request();
  await clock.advance(10_000);
  collect(later.waitUntil);
  expect(later.work).toHaveLength(1);
  for (const attempt of attempts) attempt.succeed();
  await clock.advance(500);
  last().succeed();
  await Promise.all(later.work);
});

it("takes back a batch that was cut off with its request, and sends it with what came meanwhile", async () => {
  const { clock, attempts, collect, last, delivery, logger } = isolate();
  const cutOff = request();
  collect(cutOff.waitUntil);
  await clock.advance(500);
  expect(delivery.report().pending).toBe(1);
  await clock.advance(15_001);
  const later = request();
  collect(later.waitUntil);
  await clock.advance(500);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 2, dropped: 0, unconfirmed: 1 });
  expect(logger.warnings).toEqual(["Texts could not be sent: cut off"]);
  last().succeed();
  await Promise.all(later.work);
  expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 1 });
});

it("counts a batch once that was taken for cut off and arrives after all", async () => {
  const { clock, attempts, collect, last, delivery } = isolate();
  collect(request().waitUntil);
  await clock.advance(20_000);
  collect(request().waitUntil);
  await clock.advance(500);
  attempts[0]?.succeed();
  last().succeed();
  await settle();
  expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 1 });
});

it("never waits for what another request has begun", async () => {
  const { clock, collect, last, delivery } = isolate();
  collect(request().waitUntil);
  await clock.advance(500);
  await delivery.flush();
  collect(undefined);
  const flushed = delivery.flush();
  last().succeed();
  await flushed;
  expect(delivery.report()).toMatchObject({ accepted: 1, pending: 1 });
});

it("sends what is left though another request closed it and was cut off", async () => {
  const { clock, attempts, collect, last, delivery } = isolate();
  collect(undefined);
  void delivery.close();
  await clock.advance(20_000);
  const flushed = delivery.flush();
  expect(attempts).toHaveLength(2);
  last().succeed();
  await flushed;
  expect(delivery.report()).toEqual({ accepted: 1, pending: 0, dropped: 0, unconfirmed: 1 });
});

it("lets no second close() wait for what the first has begun: its request may be over", async () => {
  const { clock, attempts, collect, delivery } = isolate();
  collect(undefined);
  void delivery.close();
  await settle();
  expect(attempts).toHaveLength(1);
  const second = vi.fn();
  void delivery.close().then(second);
  await settle();
  expect(second).toHaveBeenCalledTimes(1);
  expect(clock.pending).toBe(0);
});

it("sends at once what is full, and adds nothing to a batch under way", async () => {
  const { attempts, collect, last } = isolate();
  const { work, waitUntil } = request();
  collect(waitUntil, true);
  expect([work.length, attempts.length]).toEqual([1, 1]);
  collect(waitUntil, true);
  expect(attempts).toHaveLength(1);
  last().succeed();
  await Promise.all(work);
  collect(waitUntil, true);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("leaves the server in peace for as long as it asks", async () => {
  const { clock, attempts, collect, last } = isolate();
  collect(request().waitUntil);
  await clock.advance(500);
  last().fail(refusal(429, { retryAfterMs: 60_000 }));
  await clock.advance(59_000);
  const early = request();
  collect(early.waitUntil);
  collect(early.waitUntil, true);
  expect(early.work).toEqual([]);
  await clock.advance(1000);
  const late = request();
  collect(late.waitUntil);
  await clock.advance(500);
  expect([late.work.length, attempts.length]).toEqual([1, 2]);
  last().succeed();
  await settle();
});

it("sends nothing after the end, whatever wakes up then", async () => {
  const { clock, attempts, collect, last, delivery } = isolate();
  const { work, waitUntil } = request();
  collect(waitUntil);
  const closed = delivery.close();
  last().fail(refusal(500));
  await closed;
  await clock.advance(60_000);
  await Promise.all(work);
  expect(attempts).toHaveLength(1);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 0, dropped: 1, unconfirmed: 1 });
});

it("does not ask sooner than the longest wait that the server asked for", async () => {
  const { clock, collect, attempts, delivery } = isolate();
  collect(undefined);
  const first = delivery.flush();
  collect(undefined);
  const second = delivery.flush();
  attempts[0]?.fail(refusal(429, { retryAfterMs: 60_000 }));
  attempts[1]?.fail(refusal(429, { retryAfterMs: 50 }));
  await Promise.all([first, second]);
  await clock.advance(30_000);
  await delivery.flush();
  expect(attempts).toHaveLength(2);
});
