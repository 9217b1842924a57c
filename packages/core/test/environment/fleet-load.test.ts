import { expect, it } from "vitest";
import { Fleet } from "../../src/environment/fleet.ts";
import { parseOptions } from "../../src/options/parse-options.ts";
import { createGuard } from "../../src/platform/guard.ts";
import {
  apiUrl,
  environmentKey,
  FakeClock,
  fixedRandom,
  recordingLogger,
  settle,
} from "../fake-platform.ts";

fixedRandom();

const old = { digest: "old", fetchedAt: 1 };

/** A process whose storage and claim the test controls. `acquire` is missing without a storage. */
function createProcess(
  acquire: (() => boolean) | undefined,
  options: { readonly hasLoaded?: boolean; readonly current?: typeof old | undefined } = {},
) {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const { hasLoaded = true } = options;
  const counts = { checks: 0, loads: 0, claims: 0 };
  let current = "current" in options ? options.current : old;
  let onCheck = () => {};
  const storage = acquire && {
    getItem: () => null,
    setItem: () => undefined,
    tryAcquire: async () => {
      counts.claims++;
      return acquire();
    },
  };
  const parsed = parseOptions({ environmentKey, apiUrl, enableLocalEvaluation: true, storage });
  const guard = (kind: string) => createGuard(kind, recordingLogger(), String);
  const fleet = new Fleet(
    {
      current: () => current,
      check: async () => {
        counts.checks++;
        onCheck();
      },
      load: async () => {
        counts.loads++;
        return hasLoaded;
      },
    },
    { options: parsed, timers: clock, guard },
  );
  return {
    clock,
    fleet,
    counts,
    /** Puts a document into the storage, which the process reads with this check. */
    store: (check: number, document: typeof old) => {
      onCheck = () => {
        if (counts.checks === check) current = document;
      };
    },
    stopDuringCheck: () => {
      onCheck = () => fleet.stop();
    },
    load: async (isUndated?: boolean) => ({
      hasLoaded: await clock.run(fleet.load(isUndated)),
      atMs: clock.now() - startedAt,
    }),
  };
}

it.each([true, false])("a process without a storage loads itself: %s", async (hasLoaded) => {
  const { load, counts } = createProcess(undefined, { hasLoaded });
  expect(await load()).toEqual({ hasLoaded, atMs: 500 });
  expect(counts).toEqual({ checks: 0, loads: 1, claims: 0 });
});

it.each([true, false])("the process with the claim loads for all: %s", async (hasLoaded) => {
  const { load, counts } = createProcess(() => true, { hasLoaded });
  expect(await load()).toEqual({ hasLoaded, atMs: 125 });
  expect(counts).toEqual({ checks: 1, loads: 1, claims: 1 });
});

it("a process that gets the claim later loads then", async () => {
  let claims = 0;
  const { load, counts } = createProcess(() => ++claims === 3);
  expect(await load()).toEqual({ hasLoaded: true, atMs: 625 });
  expect(counts).toEqual({ checks: 3, loads: 1, claims: 3 });
});

it("another process has six seconds to load, longer than its claim lasts", async () => {
  const { load, counts } = createProcess(() => false);
  expect(await load()).toEqual({ hasLoaded: false, atMs: 6125 });
  expect(counts).toEqual({ checks: 24, loads: 0, claims: 24 });
});

it.each([
  ["another document", { digest: "new", fetchedAt: 1 }],
  ["the same document with a later date", { digest: "old", fetchedAt: Date.UTC(2027, 0) }],
  ["the same document from a process whose clock is behind", { digest: "old", fetchedAt: 2 }],
])("stops when the storage has %s", async (_name, document) => {
  const { load, store, counts } = createProcess(() => false);
  store(3, document);
  expect(await load()).toEqual({ hasLoaded: true, atMs: 625 });
  expect(counts).toEqual({ checks: 3, loads: 0, claims: 2 });
});

it("stops at once if the first check finds another document", async () => {
  const { load, store, counts } = createProcess(() => true);
  store(1, { digest: "new", fetchedAt: 1 });
  expect(await load()).toEqual({ hasLoaded: true, atMs: 125 });
  expect(counts.loads).toBe(0);
});

it.each([
  ["another document", { digest: "new", fetchedAt: 2 }],
  ["the document in memory", { digest: "old", fetchedAt: 2 }],
])("loads an undated change if the first check finds %s from before", async (_name, document) => {
  const { load, store, counts } = createProcess(() => true);
  store(1, document);
  expect(await load(true)).toEqual({ hasLoaded: true, atMs: 125 });
  expect(counts).toEqual({ checks: 1, loads: 1, claims: 1 });
});

it("leaves an undated change to another process that loads from now on", async () => {
  const { load, store, counts } = createProcess(() => true);
  store(1, { digest: "new", fetchedAt: Date.UTC(2027, 0) });
  expect(await load(true)).toEqual({ hasLoaded: true, atMs: 125 });
  expect(counts).toEqual({ checks: 1, loads: 0, claims: 0 });
});

it.each([true, false])(
  "loads a change if the document in memory comes from a clock that is ahead: undated %s",
  async (isUndated) => {
    const current = { digest: "old", fetchedAt: Date.UTC(2027, 0) };
    const { load, counts } = createProcess(() => true, { current });
    expect(await load(isUndated)).toEqual({ hasLoaded: true, atMs: 125 });
    expect(counts).toEqual({ checks: 1, loads: 1, claims: 1 });
  },
);

it("a process without a document leaves the change to its next load", async () => {
  const { load, counts } = createProcess(() => true, { current: undefined });
  expect(await load()).toEqual({ hasLoaded: false, atMs: 125 });
  expect(counts).toEqual({ checks: 1, loads: 0, claims: 0 });
});

it.each([
  ["without a storage", undefined, 0, { checks: 0, loads: 0, claims: 0 }],
  ["before the first check", () => true, 0, { checks: 0, loads: 0, claims: 0 }],
  ["between two checks", () => false, 200, { checks: 1, loads: 0, claims: 1 }],
])("a stopped process loads nothing: %s", async (_name, acquire, stopAtMs, expected) => {
  const { clock, fleet, counts } = createProcess(acquire);
  const loading = fleet.load();
  await clock.advance(stopAtMs);
  fleet.stop();
  await settle();
  expect(await loading).toBe(false);
  expect(counts).toEqual(expected);
  expect(clock.pending).toBe(0);
});

it("a process that is stopped while it reads the storage loads nothing", async () => {
  const { load, counts, stopDuringCheck } = createProcess(() => true);
  stopDuringCheck();
  expect((await load()).hasLoaded).toBe(false);
  expect(counts).toEqual({ checks: 1, loads: 0, claims: 0 });
});

it("a process that is stopped while it claims the load loads nothing", async () => {
  const { fleet, load, counts } = createProcess(() => {
    fleet.stop();
    return true;
  });
  expect((await load()).hasLoaded).toBe(false);
  expect(counts.loads).toBe(0);
});

it("a process without a storage may always load", async () => {
  expect(await createProcess(undefined).fleet.mayLoad()).toBe(true);
  expect(await createProcess(() => false).fleet.mayLoad()).toBe(false);
  expect(await createProcess(() => true).fleet.mayLoad()).toBe(true);
});
