import { expect, it } from "vitest";
import type { Environment } from "../../src/environment/environment.ts";
import { ChangeTracker } from "../../src/realtime/change-tracker.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fixedRandom,
  recordingLogger,
  settle,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

/** In epoch seconds. */
const initialTime = Date.UTC(2026, 0, 1) / 1000;

/** A tracker of an environment whose loads the test decides. */
function createTracker(load: (count: number) => boolean | Promise<boolean>) {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const logger = recordingLogger();
  const loads: number[] = [];
  let updatedAt: string | undefined = new Date(initialTime * 1000).toISOString();
  let idle = async () => {};
  const tracker = new ChangeTracker({
    environment: {
      current: () => ({ updatedAt }) as Environment,
      idle: () => idle(),
      load: async () => load(loads.push(clock.now() - startedAt)),
      onFallingBehind: () => undefined,
    },
    timers: clock,
    logger,
  });
  return {
    clock,
    loads,
    tracker,
    warnings: logger.warnings,
    /** Replaces the document in memory by one with this date, in seconds after the first. */
    put: (seconds: number | undefined) => {
      updatedAt =
        seconds === undefined ? undefined : new Date((initialTime + seconds) * 1000).toISOString();
    },
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
  const { tracker, clock, put, warnings } = createTracker(() => true);
  tracker.onChange(initialTime + 5);
  await clock.advance(60_000);
  expect(warnings).toHaveLength(1);
  put(5);
  tracker.onLoaded();
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
