import { AsyncLocalStorage } from "node:async_hooks";
import { expect, it } from "vitest";
import type { Environment } from "../../src/environment/environment.ts";
import type { Detach } from "../../src/platform/platform.ts";
import { ChangeTracker } from "../../src/realtime/change-tracker.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fixedRandom,
  recordingLogger,
  settle,
} from "../fake-platform.ts";
import { toIsoDate } from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

/** In epoch seconds. */
const initialTime = Date.UTC(2026, 0, 1) / 1000;

/** A tracker of an environment whose loads the test decides. */
function createTracker(
  load: (count: number) => boolean | Promise<boolean>,
  detach: Detach = (run) => run(),
) {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const logger = recordingLogger();
  const loads: number[] = [];
  let current: { updatedAt: string | undefined } | undefined = {
    updatedAt: toIsoDate(initialTime),
  };
  let idle = async () => {};
  const tracker = new ChangeTracker({
    environment: {
      current: () => current as Environment | undefined,
      idle: () => idle(),
      load: async () => load(loads.push(clock.now() - startedAt)),
      onFallingBehind: () => undefined,
    },
    timers: { ...clock, detach },
    logger,
  });
  return {
    clock,
    loads,
    tracker,
    warnings: logger.warnings,
    /** Replaces the document in memory by one with this date, in seconds after the first. */
    put: (seconds: number | undefined) => {
      current = {
        updatedAt: seconds === undefined ? undefined : toIsoDate(initialTime + seconds),
      };
    },
    /** Removes the document from memory. */
    clear: () => {
      current = undefined;
    },
    /** Reports a load of the document in memory that the tracker did not start. */
    poll: () => tracker.onLoaded(),
    waitFor: (promise: Promise<void>) => {
      idle = () => promise;
    },
  };
}

it("five failed loads leave a change to the polls, but not the next change", async () => {
  let isDown = true;
  const { tracker, clock, loads, put, warnings } = createTracker(() => {
    if (!isDown) put(10);
    return !isDown;
  });
  tracker.onChange(initialTime + 5);
  await clock.advance(3_600_000);
  expect(loads).toHaveLength(5);
  // Only a load that succeeds shows that the API does not have the change.
  expect(warnings).toEqual([]);
  expect(tracker.isBehind).toBe(true);
  isDown = false;
  tracker.onChange(initialTime + 10);
  await settle();
  expect(loads).toHaveLength(6);
  expect(tracker.isBehind).toBe(false);
});

it("a change after stop() is loaded once, even if a load was about to start", async () => {
  let end = () => {};
  const { tracker, clock, loads, put, waitFor } = createTracker((count) => {
    if (count === 2) put(6);
    return true;
  });
  waitFor(new Promise((resolve) => (end = resolve)));
  tracker.onChange(initialTime + 5);
  await settle();
  tracker.stop();
  tracker.onChange(initialTime + 6);
  end();
  await clock.advance(60_000);
  expect(loads).toEqual([0, 1250]);
});

it("each change that the API does not return is logged after the last one", async () => {
  const { tracker, clock, put, poll, warnings } = createTracker(() => true);
  tracker.onChange(initialTime + 5);
  await clock.advance(60_000);
  expect(warnings).toHaveLength(1);
  put(5);
  poll();
  expect(tracker.isBehind).toBe(false);
  tracker.onChange(initialTime + 6);
  await clock.advance(500);
  put(6);
  await clock.advance(60_000);
  tracker.onChange(initialTime + 7);
  await clock.advance(60_000);
  expect(warnings).toHaveLength(2);
});

it("a document without a date counts as the change only if it was loaded", async () => {
  const { tracker, clock, loads, put } = createTracker((count) => count > 1);
  put(undefined);
  tracker.onChange(initialTime + 5);
  await clock.advance(60_000);
  expect(loads).toEqual([0, 1250]);
});

it.each([
  ["less than a millisecond", 0.000999, 0],
  ["a millisecond", 0.001, 1],
])("a change %s after the document's date", async (_name, seconds, expected) => {
  const { tracker, clock, loads, put } = createTracker(() => {
    put(1);
    return true;
  });
  tracker.onChange(initialTime + seconds);
  await clock.advance(60_000);
  expect(loads).toHaveLength(expected);
});

it("a change that only the fifth load has is not logged as missing", async () => {
  const { tracker, clock, loads, put, warnings } = createTracker((count) => {
    if (count === 5) put(5);
    return true;
  });
  tracker.onChange(initialTime + 5);
  await clock.advance(3_600_000);
  expect(loads).toHaveLength(5);
  expect([tracker.isBehind, warnings]).toEqual([false, []]);
});

it("a poll that misses a change after failed loads starts the reloads again", async () => {
  let isDown = true;
  const { tracker, clock, loads, put, poll } = createTracker((count) => {
    if (count === 6) put(5);
    return !isDown;
  });
  tracker.onChange(initialTime + 5);
  await clock.advance(3_600_000);
  isDown = false;
  poll();
  await settle();
  expect(loads).toHaveLength(6);
  expect(tracker.isBehind).toBe(false);
});

it("an older document after a newer one is loaded again", async () => {
  const { tracker, loads, put, poll } = createTracker(() => true);
  put(5);
  tracker.onChange(initialTime + 5);
  poll();
  put(0);
  poll();
  await settle();
  expect(loads).toEqual([0]);
});

it("stop() forgets a change", async () => {
  const { tracker, clock, loads, poll } = createTracker(() => false);
  tracker.onChange(initialTime + 5);
  await clock.advance(3_600_000);
  tracker.stop();
  expect(tracker.isBehind).toBe(false);
  poll();
  await clock.advance(60_000);
  expect(loads).toHaveLength(5);
});

it("stop() during a load ends the reloads", async () => {
  let end = (_isLoaded: boolean) => {};
  const { tracker, clock, loads } = createTracker(
    () => new Promise<boolean>((resolve) => (end = resolve)),
  );
  tracker.onChange(initialTime + 5);
  await settle();
  tracker.stop();
  end(true);
  await clock.advance(60_000);
  expect(loads).toEqual([0]);
  expect(clock.sleeps).toEqual([]);
});

it("a change is loaded if there is no document yet", async () => {
  const { tracker, loads, put, clear } = createTracker(() => {
    put(5);
    return true;
  });
  clear();
  tracker.onChange(initialTime + 5);
  expect(tracker.isBehind).toBe(true);
  await settle();
  expect(loads).toEqual([0]);
});

it.each([
  ["may be half a second older", 0.6, 1],
  ["is not a second older", 0.4, 5],
])("after a load, the document of a change in whole seconds %s", async (_name, seconds, count) => {
  const { tracker, loads, put, clock } = createTracker(() => true);
  put(seconds);
  tracker.onChange(initialTime + 1);
  await clock.advance(60_000);
  expect(loads).toHaveLength(count);
  expect(tracker.isBehind).toBe(count > 1);
});

it("a change in whole seconds is loaded even if the change before it was a moment ago", async () => {
  const { tracker, loads, put, clock } = createTracker((count) => {
    put(count === 1 ? 0.99 : 1);
    return true;
  });
  tracker.onChange(initialTime + 0.99);
  await settle();
  tracker.onChange(initialTime + 1);
  await clock.advance(60_000);
  expect(loads).toHaveLength(2);
});

it("a failed load of a change in whole seconds is repeated", async () => {
  const { tracker, loads, put, clock } = createTracker((count) => count === 2);
  put(0.6);
  tracker.onChange(initialTime + 1);
  await clock.advance(60_000);
  expect(loads).toHaveLength(2);
});

it("reloads do not belong to the call whose load starts them", async () => {
  const request = new AsyncLocalStorage<string>();
  const contexts: unknown[] = [];
  const { tracker, clock, poll } = createTracker(() => {
    contexts.push(request.getStore());
    return false;
  }, AsyncLocalStorage.snapshot());
  tracker.onChange(initialTime + 5);
  await clock.advance(3_600_000);
  request.run("first", poll);
  await clock.advance(3_600_000);
  expect(contexts).toEqual(Array(10).fill(undefined));
});
