import { expect, it } from "vitest";
import { FlagsmithAPIError, FlagsmithClientError } from "../../src/errors.ts";
import { RedirectError } from "../../src/http/fetch.ts";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { counts, fakeDelivery, statusError } from "./fake-delivery.ts";

allowNoUnhandledRejection();

it.each([
  ["a 500", statusError(500), true],
  ["a 503", statusError(503), true],
  ["a timeout", new FlagsmithAPIError("API_TIMEOUT", "too late"), true],
  ["a broken connection", new FlagsmithAPIError("API_UNREACHABLE", "reset"), true],
  ["an unknown error", "odd", true],
  ["a 408", statusError(408), true],
  ["a 425", statusError(425), false],
  ["a 429", statusError(429), false],
  ["a refused redirect", new RedirectError("API_UNREACHABLE", "redirected elsewhere"), false],
  ["a missing permission", new FlagsmithAPIError("PERMISSION_DENIED", "not permitted"), false],
] as const)("retries after %s: unconfirmed is $2", async (_name, error, isUnconfirmed) => {
  const { clock, attempts, add, last, delivery, logger } = fakeDelivery();
  add();
  const flushed = delivery.flush();
  add();
  last().fail(error);
  await flushed;
  const unconfirmed = isUnconfirmed ? 1 : 0;
  expect(delivery.counts()).toEqual(counts({ pending: 2, unconfirmed }));
  expect(logger.warnings).toEqual([expect.stringMatching(/; will retry\.$/)]);
  await clock.advance(11_000);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await settle();
  expect(delivery.counts()).toEqual(counts({ accepted: 2, unconfirmed }));
});

it.each([400, 401, 403, 404, 405, 413, 415, 422])("drops a batch after a %d", async (status) => {
  const { attempts, add, last, delivery, flushInto, logger } = fakeDelivery();
  add();
  add();
  await flushInto(statusError(status));
  expect(delivery.counts()).toEqual(counts({ dropped: 2 }));
  expect(logger.warnings).toEqual([`Texts could not be sent: status ${status}; 2 texts dropped.`]);
  await delivery.flush();
  expect(attempts).toHaveLength(1);
  add();
  const next = delivery.flush();
  last().succeed();
  await next;
  expect(delivery.counts()).toMatchObject({ accepted: 1, dropped: 2 });
});

it("logs once per outage", async () => {
  const { add, last, delivery, flushInto, logger } = fakeDelivery();
  for (let count = 0; count < 5; count++) {
    add();
    await flushInto(statusError(404));
  }
  expect(logger.warnings).toHaveLength(1);
  add();
  const flushed = delivery.flush();
  last().succeed();
  await flushed;
  add();
  await flushInto(statusError(404));
  const message = "Texts could not be sent: status 404; 1 text dropped.";
  expect(logger.warnings).toEqual([message, message]);
});

it("logs the first retry and the first loss of an outage", async () => {
  const { add, flushInto, logger } = fakeDelivery();
  for (const status of [503, 403, 503, 404]) {
    add();
    await flushInto(statusError(status));
  }
  expect(logger.warnings).toEqual([
    "Texts could not be sent: status 503; will retry.",
    "Texts could not be sent: status 403; 2 texts dropped.",
  ]);
});

it("logs the loss of items that a full queue has dropped before a failed attempt", async () => {
  const { add, delivery, flushInto, logger } = fakeDelivery();
  add();
  await flushInto(statusError(500));
  delivery.drop(2);
  await flushInto(statusError(500));
  delivery.drop(1);
  await flushInto(statusError(500));
  expect(logger.warnings).toEqual([
    "Texts could not be sent: status 500; will retry.",
    "Texts could not be sent: status 500; 2 texts dropped.",
  ]);
});

it("logs what close() drops, although it has announced a retry", async () => {
  const { add, last, delivery, flushInto, logger } = fakeDelivery();
  add();
  await flushInto(statusError(503));
  const closed = delivery.close();
  last().fail(statusError(503));
  await closed;
  expect(logger.warnings).toEqual([
    "Texts could not be sent: status 503; will retry.",
    "Texts could not be sent: status 503; 1 text dropped.",
  ]);
});

it.each([
  ["the message of an API error", statusError(503), "status 503"],
  [
    "the message of an error of an option",
    new FlagsmithClientError("INVALID_OPTIONS", "agent is no agent."),
    "agent is no agent",
  ],
  ["only the name of another error", new TypeError("failed for s3cret"), "TypeError"],
  ["nothing of a thrown value that is not an error", "s3cret", "unknown error"],
])("logs %s", async (_name, error, reason) => {
  const { add, flushInto, logger } = fakeDelivery();
  add();
  await flushInto(error);
  expect(logger.warnings).toEqual([`Texts could not be sent: ${reason}; will retry.`]);
});

it("a refusal with Retry-After delays the next attempt", async () => {
  const { clock, attempts, add, flushInto } = fakeDelivery();
  add();
  await flushInto(statusError(403, 60_000));
  add();
  await clock.advance(59_999);
  expect(attempts).toHaveLength(1);
  await clock.advance(11_000);
  expect(attempts).toHaveLength(2);
});

it("a batch that was refused as a whole does not count as accepted", async () => {
  const { clock, attempts, add, fill, flushInto } = fakeDelivery();
  add();
  const flushed = flushInto(statusError(403));
  fill();
  await flushed;
  await settle();
  // A full queue follows immediately only if the API accepts reports.
  expect(attempts).toHaveLength(1);
  await clock.advance(11_000);
  expect(attempts).toHaveLength(2);
});
