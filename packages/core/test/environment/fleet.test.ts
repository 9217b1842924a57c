import { describe, expect, it } from "vitest";
import { memoryStorage, ownKey } from "../fake-environment.ts";
import { allowNoUnhandledRejection, FakeClock, fixedRandom } from "../fake-platform.ts";
import { acquirableStorage, createFleet, memoryChanges } from "./fake-fleet.ts";

allowNoUnhandledRejection();

const size = 50;
const realtime = {
  enableRealtimeUpdates: true,
  realtimeApiUrl: "https://realtime.example/",
  environmentRefreshIntervalSeconds: 60,
};

it("a change that one process finds reaches all others at once, with one load", async () => {
  const { changes, published } = memoryChanges();
  const { clock, processes, start, change, values, loads, close } = createFleet(size, {
    storage: memoryStorage(),
    changes,
  });
  await start();
  // Right after a poll, so that no other is due soon.
  while (loads.length === 0) await clock.advance(1000);
  loads.length = 0;
  change(2);
  await clock.run(processes[7]?.flagsmith.updateEnvironment() ?? Promise.resolve(false));
  await clock.advance(100);
  expect(await values()).toEqual(Array(size).fill(2));
  expect(loads).toHaveLength(1);
  expect(published).toHaveLength(1);
  await close();
});

it("a change that a poll finds is announced", async () => {
  const { changes, published } = memoryChanges();
  const { clock, start, change, values, loads, close } = createFleet(size, {
    storage: memoryStorage(),
    changes,
  });
  await start();
  change(2);
  while (published.length === 0) await clock.advance(1000);
  expect(loads).toHaveLength(1);
  await clock.advance(100);
  expect(await values()).toEqual(Array(size).fill(2));
  expect(loads).toHaveLength(1);
  await close();
});

it.each([
  ["an ordinary store", 2, () => memoryStorage()],
  ["tryAcquire", 1, (clock: FakeClock) => acquirableStorage(clock)],
])("a realtime change causes few loads with %s", async (_name, maxLoads, createStorage) => {
  const clock = new FakeClock();
  const { changes } = memoryChanges();
  // Without announcements, processes read the store until it has the change.
  for (const [options, maxMs] of [[{}, 2000] as const, [{ changes }, 1000] as const]) {
    const storage = createStorage(clock);
    const fleet = createFleet(size, { clock, storage, ...realtime, ...options });
    // Long enough that no poll is due soon.
    await fleet.start(90_000);
    const { loads } = fleet;
    const before = loads.length;
    const updatedAt = fleet.change(2);
    for (const stream of fleet.streams.open()) stream.sendChange(updatedAt);
    await clock.advance(maxMs);
    expect(await fleet.values()).toEqual(Array(size).fill(2));
    expect(loads.length - before).toBeLessThanOrEqual(maxLoads);
    expect(loads.length - before).toBeGreaterThan(0);
    await fleet.close();
  }
});

it("a realtime change is loaded at different times without a store", async () => {
  const { clock, start, change, streams, values, loads, close } = createFleet(size, realtime);
  await start(20_000);
  const updatedAt = change(2);
  const before = loads.length;
  for (const stream of streams.open()) stream.sendChange(updatedAt);
  await clock.advance(1100);
  expect(await values()).toEqual(Array(size).fill(2));
  const times = loads.slice(before);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
  await close();
});

it("an announced change is loaded at different times without a store", async () => {
  const { changes } = memoryChanges();
  const { clock, processes, start, change, values, loads, close } = createFleet(size, {
    changes,
    environmentRefreshIntervalSeconds: 3600,
  });
  await start(0);
  change(2);
  await clock.run(processes[0]?.flagsmith.updateEnvironment() ?? Promise.resolve(false));
  await clock.advance(1100);
  expect(await values()).toEqual(Array(size).fill(2));
  const [, ...times] = loads;
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
  await close();
});

it.each([
  ["an ordinary store", () => memoryStorage()],
  ["tryAcquire", (clock: FakeClock) => acquirableStorage(clock)],
])("one process takes over if the one that loads is gone, with %s", async (_name, create) => {
  const clock = new FakeClock();
  const fleet = createFleet(size, { clock, storage: create(clock) });
  await fleet.start();
  const leader = fleet.createProcess();
  await clock.run(leader.flagsmith.updateEnvironment());
  await leader.flagsmith.close();
  fleet.loads.length = 0;
  await clock.advance(122_000);
  expect(fleet.loads.length).toBeGreaterThanOrEqual(1);
  expect(fleet.loads.length).toBeLessThanOrEqual(2);
  await fleet.close();
});

describe("without jitter", () => {
  const random = fixedRandom();

  it.each([
    ["that has loaded the document before", undefined],
    ["whose document in the store is ten intervals old", 600_000],
  ])("a process %s needs no claim", async (_name, ageMs) => {
    const clock = new FakeClock();
    const storage = acquirableStorage(clock);
    const fleet = createFleet(1, { clock, storage });
    await fleet.start(0);
    if (ageMs !== undefined) {
      await fleet.processes.pop()?.flagsmith.close();
      clock.freeze(ageMs);
      fleet.processes.push(fleet.createProcess());
    }
    storage.tryAcquire = () => expect.unreachable("No other process loads.");
    fleet.change(2);
    await clock.run(fleet.processes[0]?.flagsmith.ready() ?? Promise.resolve());
    await clock.advance(66_000);
    expect(await fleet.values()).toEqual([2]);
    expect(fleet.processes[0]?.logger.warnings).toEqual([]);
    await fleet.close();
  });

  it("a slow store and a short deadline do not keep a process from taking over", async () => {
    const clock = new FakeClock();
    const { getItem, setItem } = memoryStorage();
    const storage = {
      getItem: (key: string) => clock.sleep(240).then(() => getItem(key)),
      setItem: (key: string, value: string) => clock.sleep(240).then(() => setItem(key, value)),
    };
    const fleet = createFleet(1, {
      clock,
      storage,
      requestTimeoutSeconds: 1,
      requestDeadlineSeconds: 1,
    });
    const leader = fleet.createProcess();
    await clock.run(leader.flagsmith.updateEnvironment());
    await fleet.start(0);
    await leader.flagsmith.close();
    fleet.change(2);
    await clock.advance(122_000);
    expect(await fleet.values()).toEqual([2]);
    await fleet.close();
  });

  it("a change that is announced during a load is loaded after it, without a store", async () => {
    const { changes } = memoryChanges();
    const fleet = createFleet(1, { changes, environmentRefreshIntervalSeconds: 3600 });
    await fleet.start(0);
    // The announced change is followed up without a delay.
    random.value = 0;
    const load = fleet.processes[0]?.flagsmith.updateEnvironment();
    await fleet.clock.advance(10);
    fleet.change(2);
    changes.publish(`${ownKey} digest`);
    await fleet.clock.advance(1000);
    await load;
    expect(await fleet.values()).toEqual([2]);
    expect(fleet.loads).toHaveLength(2);
    await fleet.close();
  });

  it("processes that start with an outdated store load once", async () => {
    const clock = new FakeClock();
    const storage = acquirableStorage(clock);
    const first = createFleet(1, { clock, storage });
    await first.start(0);
    await first.close();
    await clock.advance(300_000);
    const fleet = createFleet(size, { clock, storage });
    fleet.change(2);
    const ready = Promise.all(fleet.processes.map(({ flagsmith }) => flagsmith.ready()));
    await clock.run(ready);
    await clock.advance(2100);
    expect(await fleet.values()).toEqual(Array(size).fill(2));
    expect(fleet.loads).toHaveLength(1);
    await fleet.close();
  });

  it("after a reconnect, a change that another process stored before does not count", async () => {
    const storage = memoryStorage();
    const fleet = createFleet(1, { storage, ...realtime });
    await fleet.start(20_000);
    const other = fleet.createProcess({ enableRealtimeUpdates: false });
    fleet.change(2);
    await fleet.clock.run(other.flagsmith.updateEnvironment());
    await other.flagsmith.close();
    await fleet.clock.advance(1000);
    fleet.change(3);
    fleet.streams.open()[0]?.end();
    await fleet.clock.advance(1000);
    expect(await fleet.values()).toEqual([3]);
    await fleet.close();
  });

  it("a store whose tryAcquire fails keeps no process from loading", async () => {
    const clock = new FakeClock();
    for (const tryAcquire of [
      () => Promise.reject(new Error("no connection")),
      () => new Promise<boolean>(() => undefined),
    ]) {
      const fleet = createFleet(2, { clock, storage: { ...memoryStorage(), tryAcquire } });
      await fleet.start(0);
      const leader = fleet.createProcess();
      await clock.run(leader.flagsmith.updateEnvironment());
      await leader.flagsmith.close();
      fleet.change(2);
      await clock.advance(180_000);
      expect(await fleet.values()).toEqual([2, 2]);
      const { warnings } = fleet.processes[0]?.logger ?? expect.unreachable();
      const other = fleet.processes[1]?.logger.warnings ?? [];
      const message = expect.stringContaining("Claiming a load failed");
      expect([...warnings, ...other]).toContainEqual(message);
      await fleet.close();
    }
  });
});
