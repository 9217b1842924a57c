import { expect, it, vi } from "vitest";
import { Fleet } from "../../src/environment/fleet.ts";
import type { FlagsmithStorage } from "../../src/options/options.ts";
import { parseOptions } from "../../src/options/parse-options.ts";
import { createGuard } from "../../src/platform/guard.ts";
import { memoryStorage, ownKey } from "../fake-environment.ts";
import { apiUrl, environmentKey, FakeClock, recordingLogger } from "../fake-platform.ts";

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
  const options = parseOptions({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: intervalMs / 1000,
    requestTimeoutSeconds: 1,
    requestDeadlineSeconds: deadlineMs / 1000,
    storage: storage ? { setItem: () => undefined, ...storage } : slow,
  });
  const member = {
    current: () => undefined,
    check: () => expect.unreachable("A claim reads no document."),
    load: () => expect.unreachable("A claim loads no document."),
  };
  const guard = (kind: string) => createGuard(kind, logger, String);
  const createFleet = () => new Fleet(member, { options, timers: clock, guard });
  /** Writes the claim of another process, which was made this long ago by its clock. */
  const putClaim = (ageMs: number, owner = "other") =>
    memory.map.set(`${ownKey}-claim`, JSON.stringify({ owner, claimedAt: clock.now() - ageMs }));
  return { clock, memory, createFleet, putClaim, warnings: logger.warnings };
}

it("one of two processes may load, and the other one after 5 s", async () => {
  const { clock, createFleet } = createProcesses();
  const [first, second] = [createFleet(), createFleet()];
  expect(await clock.run(first.mayLoad())).toBe(true);
  expect(await clock.run(second.mayLoad())).toBe(false);
  await clock.advance(4899);
  expect(await clock.run(second.mayLoad())).toBe(false);
  await clock.advance(1);
  expect(await clock.run(second.mayLoad())).toBe(true);
});

it("a process that may load does not ask the storage again until its claim ends", async () => {
  const { clock, memory, createFleet } = createProcesses();
  const fleet = createFleet();
  await clock.run(fleet.mayLoad());
  const reads = memory.reads.length;
  await clock.advance(4999);
  expect(await fleet.mayLoad()).toBe(true);
  expect(memory.reads).toHaveLength(reads);
  await clock.advance(1);
  await clock.run(fleet.mayLoad());
  expect(memory.reads.length).toBeGreaterThan(reads);
});

it("only a claim draws a random value, because Next.js refuses it in a prerender", async () => {
  const randomUUID = vi.spyOn(crypto, "randomUUID");
  const { clock, createFleet } = createProcesses();
  const fleet = createFleet();
  expect(randomUUID).not.toHaveBeenCalled();
  await clock.run(fleet.mayLoad());
  await clock.advance(5000);
  await clock.run(fleet.mayLoad());
  expect(randomUUID).toHaveBeenCalledTimes(1);
  randomUUID.mockRestore();
});

it("the last of two overlapping claims counts", async () => {
  const { clock, createFleet } = createProcesses({ latencyMs: 50 });
  const first = createFleet().mayLoad();
  await clock.advance(40);
  const second = createFleet().mayLoad();
  expect(await clock.run(Promise.all([first, second]))).toEqual([false, true]);
});

it("a claim ends after half an interval if that is shorter than 5 s", async () => {
  const { clock, createFleet, putClaim } = createProcesses({ intervalMs: 4000 });
  putClaim(1999);
  expect(await clock.run(createFleet().mayLoad())).toBe(false);
  putClaim(2000);
  expect(await clock.run(createFleet().mayLoad())).toBe(true);
});

it.each([
  ["4.9 s ahead", -4900, false],
  ["5 s ahead", -5000, true],
  ["5 s behind", 5000, true],
])("a claim by a clock that is %s", async (_name, ageMs, expected) => {
  const { clock, createFleet, putClaim } = createProcesses();
  putClaim(ageMs);
  expect(await clock.run(createFleet().mayLoad())).toBe(expected);
});

it.each<[string, (claim: object) => unknown]>([
  ["parsed JSON, as from unstorage", (claim) => claim],
  ["bytes, as from a file", (claim) => Buffer.from(JSON.stringify(claim))],
  ["an ArrayBuffer, as from R2", (claim) => new TextEncoder().encode(JSON.stringify(claim)).buffer],
])("a claim can be %s", async (_name, convert) => {
  const claim = convert({ owner: "other", claimedAt: new FakeClock().now() });
  const { clock, createFleet } = createProcesses({ storage: { getItem: () => claim } });
  expect(await clock.run(createFleet().mayLoad())).toBe(false);
});

it("tryAcquire decides, and receives the duration in seconds", async () => {
  const calls: unknown[] = [];
  const storage = {
    getItem: () => expect.unreachable("tryAcquire replaces the claims."),
    tryAcquire: async (...args: unknown[]) => calls.push(args) === 1,
  };
  const { createFleet } = createProcesses({ storage });
  expect(await createFleet().mayLoad()).toBe(true);
  expect(await createFleet().mayLoad()).toBe(false);
  expect(calls).toEqual(Array(2).fill([`${ownKey}-claim`, 5]));
});

it.each<[unknown, boolean]>([
  ["OK", true],
  [1, true],
  [undefined, true],
  [null, false],
  [0, false],
])("tryAcquire may return %j, as a database does", async (result, expected) => {
  const storage = { getItem: () => null, tryAcquire: async () => result as boolean };
  const { createFleet } = createProcesses({ storage });
  expect(await createFleet().mayLoad()).toBe(expected);
});

it("a storage that fails keeps no process from loading, and is logged", async () => {
  const storage = { getItem: () => Promise.reject(new Error("no connection")) };
  const { createFleet, warnings } = createProcesses({ storage });
  expect(await createFleet().mayLoad()).toBe(true);
  expect(warnings).toEqual([expect.stringContaining("no connection")]);
});

it.each([
  [20_000, 1000],
  [2000, 1000],
  [1000, 500],
])("a storage that hangs delays a load of at most %i ms by %i ms", async (deadlineMs, expected) => {
  const { clock, createFleet, warnings } = createProcesses({
    storage: { getItem: () => new Promise(() => {}) },
    deadlineMs,
  });
  const startedAt = clock.now();
  expect(await clock.run(createFleet().mayLoad())).toBe(true);
  expect(clock.now() - startedAt).toBe(expected);
  expect(warnings).toEqual([expect.stringContaining(`within ${expected / 1000} s`)]);
});

it("stop() leaves no timer and is not logged", async () => {
  const { clock, createFleet, warnings } = createProcesses();
  const fleet = createFleet();
  const acquiring = fleet.mayLoad();
  await clock.advance(50);
  expect(clock.pending).toBe(2);
  fleet.stop();
  expect(await acquiring).toBe(true);
  expect(clock.pending).toBe(0);
  expect(warnings).toEqual([]);
});
