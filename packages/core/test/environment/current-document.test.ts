import { expect, it } from "vitest";
import { CurrentDocument } from "../../src/environment/current-document.ts";
import type { Environment } from "../../src/environment/environment.ts";
import { FakeClock, recordingLogger } from "../fake-platform.ts";

const minute = 60_000;
const earliest = "2026-01-01T00:00:00.000000Z";
const early = "2026-01-01T00:00:00.000001Z";
const late = "2026-01-01T00:00:00.000002Z";

/** A document, whose request was sent at this time. */
function createDocument(
  digest: string,
  updatedAt: string | undefined,
  { sentAt = 20, id = 1, key = "key" } = {},
) {
  return { digest, sentAt, fetchedAt: 1, environment: { id, key, updatedAt } as Environment };
}

const first = createDocument("a", early, { sentAt: 10 });
const newest = createDocument("a", late, { sentAt: 10 });

function createCurrent(intervalMs = minute) {
  let now = 0;
  const timers = { ...new FakeClock(), monotonicNow: () => now };
  const onChange = () => undefined;
  const current = new CurrentDocument({
    timers,
    logger: recordingLogger(),
    onChange,
    intervalMs,
  });
  /** Tells a late document from an older one, which the status names. */
  const add = (document: ReturnType<typeof createDocument>, atMs = 0, acceptsOlder = false) => {
    now = atMs;
    if (current.adoptLoaded(document, acceptsOlder)) return "newer";
    const { updatedAt } = document.environment;
    return updatedAt && updatedAt === current.facts().ignoredUpdatedAt ? "older" : "late";
  };
  return { current, add };
}

it.each([
  ["the same text", first, createDocument("a", early), "newer"],
  ["the same text, sent before", first, createDocument("a", early, { sentAt: 5 }), "late"],
  ["a later date", first, createDocument("b", late), "newer"],
  ["a later date, sent before", first, createDocument("b", late, { sentAt: 5 }), "newer"],
  ["an equal date", first, createDocument("b", early), "newer"],
  ["an equal date, sent before", first, createDocument("b", early, { sentAt: 5 }), "late"],
  ["no date", first, createDocument("b", undefined), "newer"],
  ["no date, sent before", first, createDocument("b", undefined, { sentAt: 5 }), "late"],
  ["an earlier date", newest, createDocument("b", early), "older"],
  ["an earlier date, sent before", newest, createDocument("b", early, { sentAt: 5 }), "late"],
] as const)("compares %s", (_name, latest, candidate, result) => {
  const { current, add } = createCurrent();
  expect(current.isConfirmed).toBe(false);
  expect(add(latest)).toBe("newer");
  expect(current.isConfirmed).toBe(true);
  expect(add(candidate)).toBe(result);
  expect(current.value).toBe(result === "newer" ? candidate : latest);
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
    const { add } = createCurrent(intervalMs);
    add(newest);
    const older = createDocument("b", early);
    for (let index = 1; index < count; index++) expect(add(older, 1000)).toBe("older");
    expect(add(older, 1000 + ms)).toBe(result);
  },
);

it("a document that is not older begins the wait again", () => {
  const { add } = createCurrent();
  add(createDocument("a", late));
  for (let index = 0; index < 9; index++) add(createDocument("b", early));
  expect(add(createDocument("a", late), 5 * minute)).toBe("newer");
  expect(add(createDocument("b", early), 5 * minute)).toBe("older");
});

it("an older document is used at once if it is accepted", () => {
  const { add } = createCurrent();
  add(newest);
  const older = createDocument("b", early);
  expect(add(older, 0, true)).toBe("newer");
  expect(add(older)).toBe("newer");
});

it("a document of another key or id is of another environment", () => {
  const other = createDocument("b", late, { id: 2, key: "other" });
  const { current, add } = createCurrent();
  expect(current.isReplacedBy(other)).toBe(true);
  add(first);
  expect(current.isReplacedBy(createDocument("b", late))).toBe(true);
  expect(current.isReplacedBy(createDocument("b", late, { id: 2 }))).toBe(false);
  expect(current.isReplacedBy(createDocument("b", late, { key: "other" }))).toBe(false);
  expect(() => add(other)).toThrow("the document of another environment");
});

it("a late document does not interrupt the wait", () => {
  const { add } = createCurrent();
  add(newest);
  for (let index = 0; index < 9; index++) add(createDocument("b", early));
  expect(add(createDocument("b", earliest, { sentAt: 5 }))).toBe("late");
  expect(add(createDocument("b", early), 5 * minute)).toBe("newer");
});
