import { expect, it } from "vitest";
import {
  catchError,
  client,
  cutBody,
  json,
  type Responder,
  recordingLogger,
  status,
} from "../fake-platform.ts";
import { eventsApiUrl, reportingIsolate, reportingPlatform, reportWith } from "./fake-reports.ts";

const options = { enableEvents: true, eventsApiUrl };

const textOf = (bytes: number) => ({ metadata: { text: "x".repeat(bytes) } });

/** An events API that refuses requests above a limit, and those with an event called "bad". */
function strictApi({ maxBytes = 1_000_000, code = 413 } = {}) {
  const accepted: string[] = [];
  const sizes: number[] = [];
  const receive: Responder = ({ body = "" }) => {
    sizes.push(body.length);
    const names = JSON.parse(body).events.map(({ event }: { event: string }) => event);
    if (body.length > maxBytes || names.includes("bad")) return status(code);
    accepted.push(...names);
    return status(202);
  };
  return { accepted, sizes, receive };
}

it("rejects an event of more than 64 kB", async () => {
  const flagsmith = client(reportingPlatform(), options);
  flagsmith.trackEvent("checkout", textOf(63_000));
  const error = await catchError(() => flagsmith.trackEvent("checkout", textOf(64_000)));
  expect(error).toMatchObject({ code: "INVALID_EVENT" });
  expect(error.message).toContain("64 kB");
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { pending: 1 } }));
});

it("counts the bytes of an event, not its characters", async () => {
  const flagsmith = client(reportingPlatform(), options);
  const metadata = { text: "€".repeat(22_000) };
  expect(await catchError(() => flagsmith.trackEvent("checkout", { metadata }))).toMatchObject({
    code: "INVALID_EVENT",
  });
});

it("delivers 999 events of 5 kB in requests of at most 512 kB", async () => {
  const api = strictApi();
  const flagsmith = client(reportingPlatform(api.receive), options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent(`event ${count}`, textOf(5000));
  await flagsmith.flush();
  expect(api.accepted).toEqual(Array.from({ length: 999 }, (_, count) => `event ${count}`));
  expect(Math.max(...api.sizes)).toBeLessThanOrEqual(512_100);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 999 } }));
});

it("an event of 1.1 MB does not affect 900 others", async () => {
  const api = strictApi();
  const flagsmith = client(reportingPlatform(api.receive), options);
  for (let count = 0; count < 900; count++) {
    if (count === 450) await catchError(() => flagsmith.trackEvent("huge", textOf(1_100_000)));
    flagsmith.trackEvent(`event ${count}`);
  }
  await flagsmith.flush();
  expect(api.accepted).toHaveLength(900);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 900 } }));
});

it.each([400, 413])("drops only the event that the server refuses with %i", async (code) => {
  const api = strictApi({ code });
  const logger = recordingLogger();
  const flagsmith = client(reportingPlatform(api.receive), { ...options, logger });
  for (let count = 0; count < 100; count++) {
    flagsmith.trackEvent(count === 37 ? "bad" : `event ${count}`);
  }
  await flagsmith.flush();
  expect(api.accepted).toHaveLength(99);
  expect(api.sizes.length).toBeLessThan(20);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 99, dropped: 1 } }));
  expect(logger.warnings).toHaveLength(1);
  expect(logger.warnings[0]).toContain(`status ${code}; 1 event dropped.`);
});

it("drops an event with deep metadata that the server refuses, without logging it", async () => {
  const detail = "Too deep: s3cret";
  const platform = reportingPlatform(() => json({ detail }, { status: 400 }));
  const logger = recordingLogger();
  const flagsmith = client(platform, { ...options, logger });
  let metadata: Record<string, unknown> = { text: "s3cret" };
  for (let depth = 0; depth < 3000; depth++) metadata = { metadata };
  flagsmith.trackEvent("deep", { metadata });
  await flagsmith.flush();
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 1 } }));
  expect(logger.warnings).toEqual([
    expect.stringContaining("Too deep: [redacted]; 1 event dropped."),
  ]);
});

it("splits a batch that is too large for the server", async () => {
  const api = strictApi({ maxBytes: 100_000 });
  const flagsmith = client(reportingPlatform(api.receive), options);
  for (let count = 0; count < 100; count++) flagsmith.trackEvent("checkout", textOf(4000));
  await flagsmith.flush();
  expect(api.accepted).toHaveLength(100);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 100 } }));
});

it("a server that refuses every event gets a bounded number of requests", async () => {
  const platform = reportingPlatform(() => status(400));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent(`event ${count}`);
  await flagsmith.flush();
  expect(platform.reports().length).toBeLessThanOrEqual(101);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 999 } }));
});

it("drops an event that the server refuses with a body that breaks off", async () => {
  const platform = reportingPlatform(() => cutBody({ status: 400 }));
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 1 } }));
});

it.each([401, 403, 404])("does not split a batch after a %i", async (code) => {
  const platform = reportingPlatform(() => status(code));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 10; count++) flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(platform.reports()).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 10 } }));
});

it("queues the parts again that follow a failed request", async () => {
  let isDown = false;
  const api = strictApi();
  const platform = reportingPlatform((request, count) => {
    if (count === 2) isDown = true;
    return isDown ? status(503) : api.receive(request, count);
  });
  const flagsmith = client(platform, options);
  for (let count = 0; count < 300; count++) flagsmith.trackEvent(`event ${count}`, textOf(5000));
  await flagsmith.flush();
  const { accepted, pending, unconfirmed, dropped } = flagsmith.deliveryReport().events;
  expect({ accepted, total: accepted + pending, dropped }).toEqual({
    accepted: api.accepted.length,
    total: 300,
    dropped: 0,
  });
  // Only the request that failed may have been processed.
  expect(unconfirmed).toBeLessThan(110);
  isDown = false;
  await flagsmith.flush();
  expect(api.accepted).toEqual(Array.from({ length: 300 }, (_, count) => `event ${count}`));
  expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 300, pending: 0 });
});

it("keeps at most 8 MB of events during an outage", async () => {
  const platform = reportingPlatform(() => status(503));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 300; count++) flagsmith.trackEvent("checkout", textOf(60_000));
  await flagsmith.flush();
  const { pending, dropped } = flagsmith.deliveryReport().events;
  expect(pending + dropped).toBe(300);
  expect(pending * 60_000).toBeLessThanOrEqual(8_000_000);
});

it("sends early when half of the bytes are queued", async () => {
  const api = strictApi();
  const platform = reportingPlatform(api.receive);
  const flagsmith = client(platform, options);
  for (let count = 0; count < 80; count++) flagsmith.trackEvent("checkout", textOf(60_000));
  await flagsmith.flush();
  expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 80, dropped: 0 });
  expect(platform.reports()[0]?.at).toBe(0);
});

it("an isolate sends all parts of a batch", async () => {
  const api = strictApi();
  const flagsmith = client(reportingIsolate(api.receive), options);
  for (let count = 0; count < 300; count++) {
    flagsmith.trackEvent(count === 7 ? "bad" : `event ${count}`, textOf(5000));
  }
  await flagsmith.flush();
  expect(api.accepted).toHaveLength(299);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 299, dropped: 1 } }));
});
