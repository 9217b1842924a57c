import { expect, it } from "vitest";
import { DocumentOrder } from "../../src/environment/document-order.ts";

const minute = 60_000;
const early = "2026-01-01T00:00:00.000001Z";
const late = "2026-01-01T00:00:00.000002Z";

/** A document, whose request was sent at this time. */
function createVersion(digest: string, updatedAt: string | undefined, sentAt: number) {
  return { digest, sentAt, environment: { id: 1, key: "key", updatedAt } };
}

const first = createVersion("a", early, 10);
const newest = createVersion("a", late, 10);

it.each([
  ["the same text", first, createVersion("a", early, 20), "newer"],
  ["the same text, sent before", first, createVersion("a", early, 5), "late"],
  ["a later date", first, createVersion("b", late, 20), "newer"],
  ["a later date, sent before", first, createVersion("b", late, 5), "newer"],
  ["an equal date", first, createVersion("b", early, 20), "newer"],
  ["an equal date, sent before", first, createVersion("b", early, 5), "late"],
  ["no date", first, createVersion("b", undefined, 20), "newer"],
  ["no date, sent before", first, createVersion("b", undefined, 5), "late"],
  ["an earlier date", newest, createVersion("b", early, 20), "older"],
  ["an earlier date, sent before", newest, createVersion("b", early, 5), "late"],
] as const)("compares %s", (_name, latest, candidate, result) => {
  const order = new DocumentOrder(minute);
  const options = { now: 0, acceptsOlder: false };
  expect(order.isConfirmed).toBe(false);
  expect(order.add(latest, options)).toBe("newer");
  expect(order.isConfirmed).toBe(true);
  expect(order.add(candidate, options)).toBe(result);
});

it.each([
  [60_000, 299_999, 9, "older"],
  [60_000, 300_000, 9, "newer"],
  [60_000, 300_000, 3, "older"],
  [600_000, 1_799_999, 4, "older"],
  [600_000, 1_800_000, 4, "newer"],
])(
  "older documents at an interval of %i ms for %i ms, %i times: %s",
  (intervalMs, ms, count, result) => {
    const order = new DocumentOrder(intervalMs);
    order.add(newest, { now: 0, acceptsOlder: false });
    const add = (now: number) =>
      order.add(createVersion("b", early, 20), { now, acceptsOlder: false });
    for (let index = 1; index < count; index++) expect(add(1000)).toBe("older");
    expect(add(1000 + ms)).toBe(result);
  },
);

it("a document that is not older begins the wait again", () => {
  const order = new DocumentOrder(minute);
  const add = (digest: string, updatedAt: string, now: number) =>
    order.add(createVersion(digest, updatedAt, 20), { now, acceptsOlder: false });
  add("a", late, 0);
  for (let index = 0; index < 9; index++) add("b", early, 0);
  expect(add("a", late, 5 * minute)).toBe("newer");
  expect(add("b", early, 5 * minute)).toBe("older");
});

it("an older document is used at once if it is accepted", () => {
  const order = new DocumentOrder(minute);
  order.add(newest, { now: 0, acceptsOlder: false });
  const older = createVersion("b", early, 20);
  expect(order.add(older, { now: 0, acceptsOlder: true })).toBe("newer");
  expect(order.add(older, { now: 0, acceptsOlder: false })).toBe("newer");
});

it("a document of another key or id is of another environment", () => {
  const order = new DocumentOrder(minute);
  expect(order.isSameEnvironment({ id: 2, key: "other" })).toBe(true);
  order.add(first, { now: 0, acceptsOlder: false });
  expect(order.isSameEnvironment({ id: 1, key: "key" })).toBe(true);
  expect(order.isSameEnvironment({ id: 2, key: "key" })).toBe(false);
  expect(order.isSameEnvironment({ id: 1, key: "other" })).toBe(false);
});

it("a late document does not interrupt the wait", () => {
  const order = new DocumentOrder(minute);
  const add = (sentAt: number, now: number) =>
    order.add(createVersion("b", early, sentAt), { now, acceptsOlder: false });
  order.add(newest, { now: 0, acceptsOlder: false });
  for (let index = 0; index < 9; index++) add(20, 0);
  expect(add(5, 0)).toBe("late");
  expect(add(20, 5 * minute)).toBe("newer");
});
