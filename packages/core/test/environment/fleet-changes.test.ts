import { expect, it } from "vitest";
import type { EnvironmentChanges } from "../../src/options/options.ts";
import { memoryStorage, ownKey } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, settle } from "../fake-platform.ts";
import { createFleet, memoryChanges } from "./fake-fleet.ts";

allowNoUnhandledRejection();
fixedRandom();

/** Creates two processes with a store. The first one publishes, the second one listens. */
async function createPair(changes: EnvironmentChanges, storage = memoryStorage()) {
  const fleet = createFleet(2, { changes, storage, environmentRefreshIntervalSeconds: 3600 });
  await fleet.start(0);
  const [first, second] = fleet.processes;
  if (first === undefined || second === undefined) return expect.unreachable();
  /** Changes the document and loads it in the first process. */
  const update = async (value: unknown) => {
    fleet.change(value);
    await fleet.clock.run(first.flagsmith.updateEnvironment());
  };
  return { ...fleet, first, second, storage, update };
}

it("nothing is subscribed before the first load, and nothing after close()", async () => {
  const { changes, listeners } = memoryChanges();
  const { clock, createProcess } = createFleet(0, { changes });
  const { flagsmith } = createProcess();
  await settle();
  expect(listeners.size).toBe(0);
  await clock.run(flagsmith.ready());
  expect(listeners.size).toBe(1);
  await flagsmith.close();
  expect(listeners.size).toBe(0);
});

it("loads subscribe once, also before the subscription has succeeded", async () => {
  let count = 0;
  let finish = (_unsubscribe: () => void) => {};
  const changes: EnvironmentChanges = {
    subscribe: () => {
      count++;
      return new Promise((resolve) => (finish = resolve));
    },
  };
  const { clock, createProcess } = createFleet(0, { changes });
  const { flagsmith } = createProcess();
  await clock.run(flagsmith.updateEnvironment());
  await clock.run(flagsmith.updateEnvironment());
  finish(() => undefined);
  await settle();
  await clock.run(flagsmith.updateEnvironment());
  expect(count).toBe(1);
  await flagsmith.close();
});

it("a subscription that succeeds after close() is ended", async () => {
  let isSubscribed = false;
  let finish = (_unsubscribe: () => void) => {};
  const changes: EnvironmentChanges = {
    subscribe: () =>
      new Promise((resolve) => {
        isSubscribed = true;
        finish = resolve;
      }),
  };
  const { clock, processes } = createFleet(1, { changes });
  await clock.run(processes[0]?.flagsmith.ready() ?? Promise.resolve());
  await processes[0]?.flagsmith.close();
  finish(() => {
    isSubscribed = false;
  });
  await settle();
  expect(isSubscribed).toBe(false);
  expect(processes[0]?.logger.warnings).toEqual([]);
});

const failures: readonly [string, () => never][] = [
  [
    "throws",
    () => {
      throw new Error("no connection");
    },
  ],
  ["rejects", (() => Promise.reject(new Error("no connection"))) as () => never],
  ["hangs", (() => new Promise(() => undefined)) as () => never],
];

it.each(failures)("a port that %s is logged and harmless", async (name, fail) => {
  const { clock, first, values, update, close } = await createPair({
    subscribe: fail,
    publish: fail,
  });
  await update(2);
  await clock.advance(3000);
  expect((await values())[0]).toBe(2);
  const { warnings } = first.logger;
  const reason = name === "hangs" ? "no response within 2 s" : "no connection";
  expect(warnings).toContainEqual(
    expect.stringMatching(new RegExp(`^Publishing a change failed.*${reason}`)),
  );
  const subscribing = warnings.filter((line) => line.startsWith("Subscribing to changes failed"));
  expect(subscribing).toEqual([expect.stringContaining(reason)]);
  // The second process reads the change from the store.
  await clock.advance(31_000);
  expect(await values()).toEqual([2, 2]);
  await close();
});

it.each(failures)("an unsubscribe that %s is harmless", async (_name, fail) => {
  const { close } = await createPair({ subscribe: () => fail });
  await close();
});

it("a subscription that takes long may still succeed, and is not repeated", async () => {
  const { changes } = memoryChanges();
  let subscriptions = 0;
  let connect = () => {};
  const connected = new Promise<void>((resolve) => (connect = resolve));
  const { clock, second, values, update, close } = await createPair({
    ...changes,
    subscribe: async (onChange) => {
      subscriptions++;
      await connected;
      return changes.subscribe(onChange);
    },
  });
  await clock.advance(5000);
  connect();
  await settle();
  await update(2);
  await clock.advance(1000);
  expect(await values()).toEqual([2, 2]);
  expect(subscriptions).toBe(2);
  expect(second.logger.warnings).toEqual([expect.stringContaining("no response within 2 s")]);
  await close();
});

it("a port of plain JavaScript may return nothing to unsubscribe", async () => {
  const { first, close } = await createPair({ subscribe: () => undefined as never });
  await close();
  expect(first.logger.warnings).toEqual([]);
});

it("a subscription that failed is tried again with the next load", async () => {
  const { changes, listeners } = memoryChanges();
  let attempts = 0;
  const { second, clock, close } = await createPair({
    ...changes,
    subscribe: (onChange) => {
      if (attempts++ < 2) throw new Error("no connection");
      return changes.subscribe(onChange);
    },
  });
  expect(listeners.size).toBe(0);
  await clock.run(second.flagsmith.updateEnvironment());
  expect(listeners.size).toBe(1);
  await clock.run(second.flagsmith.updateEnvironment());
  expect(listeners.size).toBe(1);
  await close();
});

it("each of two changes is followed up", async () => {
  const { changes } = memoryChanges();
  const { clock, values, update, close } = await createPair(changes);
  for (const value of [2, 3]) {
    await update(value);
    await clock.advance(1000);
    expect(await values()).toEqual([value, value]);
  }
  await close();
});

it("a change right after another one is followed up at once", async () => {
  const { changes } = memoryChanges();
  const { clock, values, update, close } = await createPair(changes);
  for (const value of [2, 3, 4]) {
    await update(value);
    await clock.advance(150);
    expect(await values()).toEqual([value, value]);
  }
  await close();
});

it("a process without publish() only listens, and nothing is logged", async () => {
  const { changes, listeners } = memoryChanges();
  const { clock, first, update, close } = await createPair({ subscribe: changes.subscribe });
  expect(listeners.size).toBe(2);
  await update(2);
  await clock.advance(1000);
  expect(first.logger.warnings).toEqual([]);
  await close();
});

it("a second close() does not unsubscribe again", async () => {
  let count = 0;
  const { processes, close } = await createPair({ subscribe: () => () => count++ });
  await close();
  await close();
  expect(count).toBe(processes.length);
});

it("an announcement of another environment causes no read", async () => {
  const { changes } = memoryChanges();
  const { clock, storage, close } = await createPair(changes);
  storage.reads.length = 0;
  changes.publish(`flagsmith-${"0".repeat(64)} ${"0".repeat(64)}`);
  await clock.advance(5000);
  expect(storage.reads).toEqual([]);
  await close();
});

it("an announcement without a message causes one read per process", async () => {
  const { changes, listeners } = memoryChanges();
  const { clock, storage, close } = await createPair(changes);
  storage.reads.length = 0;
  for (const onChange of listeners) onChange();
  await clock.advance(5000);
  expect(storage.reads.filter((key) => key === `${ownKey}-lease`)).toHaveLength(2);
  await close();
});

it.each([
  ["with digests", (count: number) => `${ownKey} ${count}`],
  ["without digests", () => ownKey],
])(
  "a flood of announcements %s causes at most ten reads per second and no load",
  async (_name, createMessage) => {
    const { changes } = memoryChanges();
    const { clock, storage, loads, close } = await createPair(changes);
    storage.reads.length = 0;
    for (let count = 0; count < 500; count++) {
      changes.publish(createMessage(count));
      await clock.advance(4);
    }
    const leases = storage.reads.filter((key) => key === `${ownKey}-lease`);
    expect(leases.length).toBeLessThanOrEqual(2 * 21);
    expect(loads).toHaveLength(0);
    await close();
  },
);

it("a store that is late is read again after 0.5 and 2 s", async () => {
  const { changes } = memoryChanges();
  const storage = memoryStorage();
  const { clock, first, second, update, close } = await createPair(changes, storage);
  const { getItem } = storage;
  const old = new Map(storage.map);
  // A replica that has the writes after a second.
  storage.getItem = async (key) => old.get(key) ?? null;
  await update(2);
  await clock.advance(1000);
  expect(await second.read()).toBe(1);
  storage.getItem = getItem;
  await clock.advance(2000);
  expect(await Promise.all([first.read(), second.read()])).toEqual([2, 2]);
  await close();
});

it("a change that a newer one follows is not waited for any longer", async () => {
  const { changes } = memoryChanges();
  const storage = memoryStorage();
  const { clock, close } = await createPair(changes, storage);
  const startedAt = clock.now();
  const { getItem } = storage;
  const readAt = new Set<number>();
  storage.getItem = (key) => {
    readAt.add(clock.now() - startedAt);
    return getItem(key);
  };
  changes.publish(`${ownKey} older`);
  await clock.advance(100);
  changes.publish(`${ownKey} newer`);
  await clock.advance(4900);
  expect([...readAt]).toEqual([0, 600, 1100, 3100]);
  await close();
});

it("a change that the store did not accept is not announced", async () => {
  const { changes, published } = memoryChanges();
  const storage = memoryStorage();
  const { clock, update, close } = await createPair(changes, storage);
  storage.setItem = () => Promise.reject(new Error("full"));
  await update(2);
  await clock.advance(1000);
  expect(published).toEqual([]);
  await close();
});

it("a change is announced once the store has it, even if the first write failed", async () => {
  const { changes, published } = memoryChanges();
  const storage = memoryStorage();
  const { setItem } = storage;
  const { clock, first, values, update, close } = await createPair(changes, storage);
  storage.setItem = () => Promise.reject(new Error("full"));
  await update(2);
  storage.setItem = setItem;
  for (let count = 0; count < 2; count++) {
    await clock.run(first.flagsmith.updateEnvironment());
    await clock.advance(100);
    expect(published).toHaveLength(1);
  }
  expect(await values()).toEqual([2, 2]);
  await close();
});

it("a change that the first load of a process finds is announced", async () => {
  const { changes, published } = memoryChanges();
  const { clock, createProcess, change, values, close } = await createPair(changes);
  change(2);
  const { flagsmith } = createProcess();
  await clock.run(flagsmith.updateEnvironment());
  await clock.advance(100);
  expect(published).toHaveLength(1);
  expect(await values()).toEqual([2, 2]);
  await flagsmith.close();
  await close();
});

it("the first document of an empty store is not announced", async () => {
  const { changes, published } = memoryChanges();
  const { clock, storage, close } = await createPair(changes);
  await clock.advance(1000);
  expect(storage.map.has(ownKey)).toBe(true);
  expect(published).toEqual([]);
  await close();
});

it("updateEnvironment() does not wait for an announcement that hangs", async () => {
  const { changes } = memoryChanges();
  const publish = () => new Promise<void>(() => undefined);
  const { clock, first, update, close } = await createPair({ ...changes, publish });
  const startedAt = clock.now();
  await update(2);
  expect(clock.now() - startedAt).toBeLessThan(1000);
  expect(first.logger.warnings).toEqual([]);
  await close();
});

it("a change is announced once without a store", async () => {
  const { changes, published } = memoryChanges();
  const options = { changes, environmentRefreshIntervalSeconds: 3600 };
  const { clock, processes, start, change, values, close } = createFleet(3, options);
  await start(0);
  change(2);
  await clock.run(processes[0]?.flagsmith.updateEnvironment() ?? Promise.resolve(false));
  await clock.advance(1000);
  expect(await values()).toEqual([2, 2, 2]);
  expect(published).toHaveLength(1);
  await close();
});

it("a poll announces a change without a store, even if the date is equal", async () => {
  const { changes, published } = memoryChanges();
  const options = { changes, environmentRefreshIntervalSeconds: 60 };
  const { clock, start, change, close } = createFleet(1, options);
  const date = change(1);
  await start(0);
  change(2, date);
  await clock.advance(70_000);
  expect(published).toHaveLength(1);
  await close();
});

it.each([
  ["later", 1],
  ["equal", 0],
])(
  "a change with a date that is %s is announced while another is followed up",
  async (_name, seconds) => {
    const { changes, published } = memoryChanges();
    const options = { changes, environmentRefreshIntervalSeconds: 3600 };
    const { clock, processes, start, change, values, close } = createFleet(2, options);
    const date = change(1);
    await start(0);
    changes.publish(ownKey);
    // Both processes wait for 0.5 s before they follow it up.
    change(2, date + seconds);
    const [first] = processes;
    await clock.advance(490);
    await clock.run(first?.flagsmith.updateEnvironment() ?? Promise.resolve(false));
    expect(published).toHaveLength(2);
    await clock.advance(2000);
    expect(await values()).toEqual([2, 2]);
    await close();
  },
);

it("updateEnvironment() asks the API while an announcement reads the store", async () => {
  const { changes } = memoryChanges();
  const storage = memoryStorage();
  const { clock, first, change, loads, close } = await createPair(changes, storage);
  const { getItem } = storage;
  storage.getItem = async (key) => {
    await clock.sleep(40);
    return getItem(key);
  };
  // The announcement arrives while the timer reads the store, so it is read again after that.
  await clock.advance(29_960);
  changes.publish(ownKey);
  await clock.advance(10);
  change(2);
  await clock.run(first.flagsmith.updateEnvironment());
  expect(loads).toEqual([30_080]);
  expect(await first.read()).toBe(2);
  await close();
});

it("messages contain the store's key and the digest, and not the environment key", async () => {
  const { changes, published } = memoryChanges();
  const { update, close } = await createPair(changes);
  await update(2);
  expect(published).toEqual([expect.stringMatching(new RegExp(`^${ownKey} [0-9a-f]{64}$`))]);
  await close();
});

it("close() leaves no timer of an announcement that is followed up", async () => {
  const { changes } = memoryChanges();
  const { clock, createProcess } = createFleet(0, { changes });
  const { flagsmith } = createProcess();
  await clock.run(flagsmith.ready());
  await changes.publish?.("");
  await settle();
  await clock.run(flagsmith.close());
  await settle();
  expect(clock.pending).toBe(0);
});
