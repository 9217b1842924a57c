import { expect, it } from "vitest";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  storageWith,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  type Responder,
  settle,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;

/** Creates processes with background timers that share a clock and a storage. */
function createFleet(size: number, answer: Responder) {
  const clock = new FakeClock();
  const storage = memoryStorage();
  /** The index of the process of each load. */
  const loadedBy: number[] = [];
  const processes = Array.from({ length: size }, (_value, index) => {
    const platform = fakePlatform((request) => answer(request, loadedBy.push(index)), {
      timers: clock,
      retryPolicy: steadyPolicy(0, 0),
    });
    const flagsmith = localClient(platform, { storage });
    const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
    return { flagsmith, value };
  });
  const values = () => Promise.all(processes.map(({ value }) => value()));
  return { clock, storage, processes, values, loadedBy };
}

it("processes with a common storage make about one load per interval", async () => {
  const { clock, storage, processes, values, loadedBy } = createFleet(10, () =>
    documentResponse("same"),
  );
  for (const { value } of processes) await clock.run(value());
  await clock.advance(30 * minute);
  expect(loadedBy.length).toBeLessThanOrEqual(40);
  expect(await values()).toEqual(Array(10).fill("same"));
  // The document is written once. Its lease is renewed.
  expect(storage.writes.filter(({ key }) => key === ownKey)).toHaveLength(1);
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("a change reaches all processes within an interval and a read of the storage", async () => {
  let version = 1;
  const { clock, processes, values } = createFleet(10, () => documentResponse(version));
  for (const { value } of processes) await clock.run(value());
  await clock.advance(10 * minute);
  version = 2;
  await clock.advance(1.1 * minute + 31_000);
  expect(await values()).toEqual(Array(10).fill(2));
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("another process takes over within two intervals", async () => {
  let version = 1;
  const { clock, processes, values } = createFleet(3, () => documentResponse(version));
  for (const { value } of processes) await clock.run(value());
  await clock.advance(10 * minute);
  await processes[0]?.flagsmith.close();
  version = 2;
  await clock.advance(2.1 * minute + 31_000);
  expect((await values()).slice(1)).toEqual([2, 2]);
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("processes that did not write the record leave a slow refresh to the one that did", async () => {
  const { clock, processes, loadedBy } = createFleet(5, async () => {
    await clock.sleep(5000);
    return documentResponse("same");
  });
  for (const { value } of processes) await clock.run(value());
  // Each process may load when the first record that it has found is due.
  await clock.advance(3 * minute);
  loadedBy.splice(0);
  await clock.advance(30 * minute);
  expect(new Set(loadedBy).size).toBe(1);
  expect(loadedBy.length).toBeGreaterThan(26);
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("another process takes over after 1.5 to 2 intervals, not earlier", async () => {
  const { clock, processes, loadedBy } = createFleet(2, () => documentResponse("same"));
  for (const { value } of processes) await clock.run(value());
  await clock.advance(5 * minute + 1);
  const [leader = 0] = loadedBy.slice(-1);
  loadedBy.splice(0);
  await processes[leader]?.flagsmith.close();
  // The last record is from the end of the fifth minute, and the random number is 0.5.
  await clock.advance(1.75 * minute - 1000);
  expect(loadedBy).toEqual([]);
  await clock.advance(2000);
  expect(loadedBy).toEqual([1 - leader]);
  await processes[1 - leader]?.flagsmith.close();
});

it("the timer reads the storage once a second at most", async () => {
  const platform = fakePlatform(() => documentResponse(), { retryPolicy: steadyPolicy(0, 0) });
  const { clock } = platform;
  const storage = memoryStorage();
  const flagsmith = localClient(platform, { storage, storageCheckIntervalSeconds: 0 });
  await flagsmith.ready();
  await settle();
  storage.reads.splice(0);
  await clock.advance(10_000);
  expect(storage.reads).toHaveLength(10);
  await flagsmith.close();
});

it("a record is as young as its lease", async () => {
  const storage = storageWith(60 * minute);
  const lease = { fetchedAt: Date.UTC(2026, 0, 1) - 1000, digest: "0".repeat(64) };
  storage.map.set(`${ownKey}-lease`, JSON.stringify(lease));
  const platform = fakePlatform(() => documentResponse());
  const flagsmith = localClient(platform, { storage });
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("stored");
  await platform.clock.advance(1000);
  expect(platform.requests).toEqual([]);
  await flagsmith.close();
});

it("an older document in the storage does not replace a newer one of the API", async () => {
  const dates = { old: "2025-01-01T00:00:00Z", new: "2025-01-01T00:00:05Z" };
  const respond = (version: "old" | "new") =>
    json(environmentDocument(version, { updated_at: dates[version] }));
  let isReplicaBehind = false;
  const { clock, processes, values } = createFleet(2, () =>
    respond(isReplicaBehind ? "old" : "new"),
  );
  const [first, second] = processes;
  await first?.flagsmith.updateEnvironment();
  isReplicaBehind = true;
  // It has no document of the API yet, so that the replica decides.
  await second?.flagsmith.updateEnvironment();
  expect(await second?.value()).toBe("old");
  await clock.advance(2 * minute);
  expect(await first?.value()).toBe("new");
  isReplicaBehind = false;
  await clock.advance(2 * minute);
  expect(await values()).toEqual(["new", "new"]);
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("an accepted backup reaches other processes through the storage", async () => {
  const dates = { new: "2025-01-01T00:00:05Z", restored: "2025-01-01T00:00:00Z" };
  let version: keyof typeof dates = "new";
  const { clock, processes, values, loadedBy } = createFleet(2, () =>
    json(environmentDocument(version, { updated_at: dates[version] })),
  );
  await processes[0]?.flagsmith.updateEnvironment();
  expect(await values()).toEqual(["new", "new"]);
  version = "restored";
  await clock.advance(1000);
  await processes[0]?.flagsmith.updateEnvironment({ acceptOlder: true });
  await clock.advance(minute / 2);
  expect(await values()).toEqual(["restored", "restored"]);
  expect(loadedBy).toEqual([0, 0]);
  for (const { flagsmith } of processes) await flagsmith.close();
});
