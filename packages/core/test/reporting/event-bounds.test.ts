import { expect, it } from "vitest";
import { IdentityParser } from "../../src/identity/identity.ts";
import type { Delivery } from "../../src/reporting/delivery.ts";
import { type EventBatch, Events, listEventSecrets } from "../../src/reporting/events.ts";
import { catchError, recordingLogger } from "../fake-platform.ts";

/** A queue of events whose delivery only records its calls. */
function createQueue() {
  const dropped: number[] = [];
  const queued: boolean[] = [];
  const delivery = {
    capacity: (free: number) => free,
    drop: (count: number) => void dropped.push(count),
    onQueued: (_waitUntil: unknown, isFull: boolean) => void queued.push(isFull),
  } as unknown as Delivery<EventBatch>;
  const identities = new IdentityParser({ strictTraits: false }, recordingLogger());
  let now = 0;
  const events = new Events(
    () => now,
    identities,
    () => delivery,
  );
  /** Tracks an event that has this size as JSON, with the comma behind it. */
  const add = (byteCount: number) => {
    const measure = (padding: string) => {
      const probe = new Events(
        () => now,
        identities,
        () => delivery,
      );
      probe.track("e", { metadata: { padding } }, undefined);
      return [...probe.takeBatch().values()][0]?.byteCount ?? 0;
    };
    const padding = "x".repeat(byteCount - measure(""));
    queued.pop();
    events.track("e", { metadata: { padding } }, undefined);
  };
  const setNow = (ms: number) => {
    now = ms;
  };
  return { events, add, dropped, queued, setNow };
}

it("an event of 64,000 bytes with its comma is accepted, a longer one is not", async () => {
  const { events, add } = createQueue();
  add(64_000);
  expect(await catchError(() => add(64_001))).toMatchObject({ code: "INVALID_EVENT" });
  const [event] = events.takeBatch().values();
  expect(event?.byteCount).toBe(64_000);
  expect(event?.json).toHaveLength(63_999);
});

it("a request holds up to 512,000 bytes of events", () => {
  const { events, add } = createQueue();
  for (let count = 0; count < 17; count++) add(64_000);
  const sizes = () => events.split(events.takeBatch()).map(({ size }) => size);
  expect(sizes()).toEqual([8, 8, 1]);
  for (const byteCount of [...Array(7).fill(64_000), 63_999, 1000]) add(byteCount);
  expect(sizes()).toEqual([8, 1]);
  for (const byteCount of [...Array(7).fill(64_000), 63_000, 1000]) add(byteCount);
  expect(sizes()).toEqual([9]);
});

it("the event that exceeds 4 MB sends the queue, those after it do not", () => {
  const { events, add, queued } = createQueue();
  for (let count = 0; count < 62; count++) add(64_000);
  add(32_000);
  expect(queued).toEqual(Array(63).fill(false));
  add(1000);
  add(1000);
  expect(queued.slice(63)).toEqual([true, false]);
  events.takeBatch();
  add(1000);
  expect(queued.at(-1)).toBe(false);
});

it("the queue holds up to 8 MB", () => {
  const { events, add, dropped } = createQueue();
  for (let count = 0; count < 125; count++) add(64_000);
  expect([events.size(), dropped]).toEqual([125, []]);
  add(1000);
  expect([events.size(), dropped]).toEqual([125, [1]]);
  events.requeue(events.takeBatch());
  add(1000);
  expect([events.size(), dropped]).toEqual([125, [1, 1]]);
});

it("the first of equal exposures keeps its time and place", () => {
  const { events, queued, setNow } = createQueue();
  events.expose("banner", { identifier: "a" }, undefined);
  setNow(5000);
  events.expose("banner", { identifier: "a" }, undefined);
  expect(queued).toHaveLength(1);
  const [event, ...others] = [...events.takeBatch().values()];
  expect(others).toEqual([]);
  expect(JSON.parse(event?.json ?? "")).toMatchObject({ timestamp: 0 });
});

it("the secrets of a batch are all texts and numbers of its identities, once each", () => {
  const { events } = createQueue();
  events.track("checkout", { identifier: "ann", value: 5, traits: { plan: "gold" } }, undefined);
  const metadata = { card: { number: 4111, isValid: true, none: null, list: ["x", "ann"] } };
  events.track("checkout", { identifier: "bob", metadata }, undefined);
  const secrets = listEventSecrets(events.takeBatch());
  expect(secrets).toEqual(expect.arrayContaining(["ann", "5", "gold", "bob", "4111", "x"]));
  expect(new Set(secrets).size).toBe(secrets.length);
  expect(secrets).not.toContain("true");
});

it.each([3000, 30_000])("the secrets of an event may be %i levels deep", (depth) => {
  const json = `{"metadata":${"[".repeat(depth)}"s3cret"${"]".repeat(depth)}}`;
  const batch = new Map([[0, { json, byteCount: json.length, number: 0 }]]);
  expect(listEventSecrets(batch)).toEqual(["s3cret"]);
});
