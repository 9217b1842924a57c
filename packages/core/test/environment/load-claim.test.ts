import { expect, it } from "vitest";
import { LoadClaim } from "../../src/environment/load-claim.ts";
import type { FlagsmithStorage } from "../../src/options/options.ts";
import { createGuard } from "../../src/platform/guard.ts";
import { memoryStorage } from "../fake-environment.ts";
import { FakeClock, recordingLogger } from "../fake-platform.ts";

/** Processes that share a storage. `latencyMs` is the time of each read and write. */
function createProcesses({
  latencyMs = 0,
  intervalMs = 60_000,
  deadlineMs = 20_000,
  storage,
}: {
  readonly latencyMs?: number;
  readonly intervalMs?: number;
  readonly deadlineMs?: number;
  readonly storage?: FlagsmithStorage;
} = {}) {
  const clock = new FakeClock();
  const memory = memoryStorage();
  const slow: FlagsmithStorage = {
    getItem: async (key) => {
      const value = await memory.getItem(key);
      await clock.sleep(latencyMs);
      return value;
    },
    setItem: async (key, value) => {
      await clock.sleep(latencyMs);
      await memory.setItem(key, value);
    },
  };
  const logger = recordingLogger();
  const createClaim = () =>
    new LoadClaim({
      storage: storage ?? slow,
      createKey: async () => "key",
      intervalMs,
      deadlineMs,
      timers: clock,
      guard: createGuard("Claiming", logger, String),
    });
  /** Writes the claim of another process, which was made this long ago by its clock. */
  const putClaim = (ageMs: number, owner = "other") =>
    memory.map.set("key-claim", JSON.stringify({ owner, claimedAt: clock.now() - ageMs }));
  return { clock, memory, createClaim, putClaim, warnings: logger.warnings };
}

it("one of two processes may load, and the other one after 5 s", async () => {
  const { clock, createClaim } = createProcesses();
  const [first, second] = [createClaim(), createClaim()];
  expect(await clock.run(first.acquire())).toBe(true);
  expect(await clock.run(second.acquire())).toBe(false);
  await clock.advance(4899);
  expect(await clock.run(second.acquire())).toBe(false);
  await clock.advance(1);
  expect(await clock.run(second.acquire())).toBe(true);
});

it("a process that may load does not ask the storage again until its claim ends", async () => {
  const { clock, memory, createClaim } = createProcesses();
  const claim = createClaim();
  await clock.run(claim.acquire());
  const reads = memory.reads.length;
  await clock.advance(4999);
  expect(await claim.acquire()).toBe(true);
  expect(memory.reads).toHaveLength(reads);
  await clock.advance(1);
  await clock.run(claim.acquire());
  expect(memory.reads.length).toBeGreaterThan(reads);
});

it("the last of two overlapping claims counts", async () => {
  const { clock, createClaim } = createProcesses({ latencyMs: 50 });
  const first = createClaim().acquire();
  await clock.advance(40);
  const second = createClaim().acquire();
  expect(await clock.run(Promise.all([first, second]))).toEqual([false, true]);
});

it("a claim ends after half an interval if that is shorter than 5 s", async () => {
  const { clock, createClaim, putClaim } = createProcesses({ intervalMs: 4000 });
  putClaim(1999);
  expect(await clock.run(createClaim().acquire())).toBe(false);
  putClaim(2000);
  expect(await clock.run(createClaim().acquire())).toBe(true);
});

it.each([
  ["4.9 s ahead", -4900, false],
  ["5 s ahead", -5000, true],
  ["5 s behind", 5000, true],
])("a claim by a clock that is %s", async (_name, ageMs, expected) => {
  const { clock, createClaim, putClaim } = createProcesses();
  putClaim(ageMs);
  expect(await clock.run(createClaim().acquire())).toBe(expected);
});

it("a claim can be parsed JSON, as from unstorage", async () => {
  const claim = { owner: "other", claimedAt: new FakeClock().now() };
  const { clock, createClaim } = createProcesses({ storage: { getItem: () => claim } });
  expect(await clock.run(createClaim().acquire())).toBe(false);
});

it("tryAcquire decides, and receives the duration in seconds", async () => {
  const calls: unknown[] = [];
  const storage = {
    getItem: () => expect.unreachable("tryAcquire replaces the claims."),
    tryAcquire: async (...args: unknown[]) => calls.push(args) === 1,
  };
  const { createClaim } = createProcesses({ storage });
  expect(await createClaim().acquire()).toBe(true);
  expect(await createClaim().acquire()).toBe(false);
  expect(calls).toEqual(Array(2).fill(["key-claim", 5]));
});

it("a storage that fails keeps no process from loading, and is logged", async () => {
  const storage = { getItem: () => Promise.reject(new Error("no connection")) };
  const { createClaim, warnings } = createProcesses({ storage });
  expect(await createClaim().acquire()).toBe(true);
  expect(warnings).toEqual([expect.stringContaining("no connection")]);
});

it.each([
  [20_000, 1000],
  [2000, 1000],
  [1000, 500],
])("a storage that hangs delays a load of at most %i ms by %i ms", async (deadlineMs, expected) => {
  const { clock, createClaim, warnings } = createProcesses({
    storage: { getItem: () => new Promise(() => {}) },
    deadlineMs,
  });
  const startedAt = clock.now();
  expect(await clock.run(createClaim().acquire())).toBe(true);
  expect(clock.now() - startedAt).toBe(expected);
  expect(warnings).toEqual([expect.stringContaining(`within ${expected / 1000} s`)]);
});

it("an abort leaves no timer and is not logged", async () => {
  const { clock, createClaim, warnings } = createProcesses();
  const abort = new AbortController();
  const acquiring = createClaim().acquire(abort.signal);
  await clock.advance(50);
  expect(clock.pending).toBe(2);
  abort.abort();
  expect(await acquiring).toBe(true);
  expect(clock.pending).toBe(0);
  expect(warnings).toEqual([]);
});
