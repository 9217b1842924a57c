import { expect, it } from "vitest";
import { Load } from "../../src/environment/load.ts";
import { RefreshSchedule } from "../../src/environment/refresh-schedule.ts";
import { FakeClock } from "../fake-platform.ts";

it("10,000 clients created at once spread their loads over the first interval", () => {
  const timers = new FakeClock();
  const options = {
    timers,
    intervalMs: 60_000,
    safetyIntervalMs: 300_000,
    storageCheckMs: Number.POSITIVE_INFINITY,
    deadlineMs: 20_000,
  };
  const load = new Load({ timers, sharesPromises: true, deadlineMs: 20_000 });
  for (let count = 0; count < 10_000; count++) {
    const schedule = new RefreshSchedule(options, () => undefined);
    schedule.started(load);
    schedule.loaded({ ageMs: 0, isSafe: false });
    schedule.ended(load);
  }
  const { due } = timers;
  expect(due).toHaveLength(10_000);
  expect(due.filter((ms) => !(ms > 0 && ms <= 60_000))).toEqual([]);
  const perSecond = Array.from(
    { length: 60 },
    (_value, second) => due.filter((ms) => Math.ceil(ms / 1000) - 1 === second).length,
  );
  // The mean is 167. A deviation of six standard deviations does not happen.
  expect(Math.min(...perSecond)).toBeGreaterThan(167 - 78);
  expect(Math.max(...perSecond)).toBeLessThan(167 + 78);
});
