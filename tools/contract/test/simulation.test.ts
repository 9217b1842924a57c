import { expect, it } from "vitest";
import { simulate } from "../src/fleet/simulation/simulate.ts";

const clients = 200;

it("polling clients that start together spread their loads", async () => {
  const result = await simulate({ clients, store: "none", stored: "nothing", hasChanges: false });
  // Each client loads once per interval, plus or minus 10 %.
  expect(result.mean).toBeGreaterThan((clients / 60) * 0.85);
  expect(result.mean).toBeLessThan((clients / 60) * 1.15);
  expect(result.peak).toBeLessThan(clients / 6);
  expect(result.secondsUntilAllChanged).toBeLessThan(66 + 1);
});

it.each(["ordinary", "acquirable"] as const)(
  "clients with one %s store make one load per interval",
  async (store) => {
    const result = await simulate({ clients, store, stored: "old", hasChanges: false });
    expect(result.peakAtStart).toBeLessThanOrEqual(2);
    expect(result.peak).toBeLessThanOrEqual(2);
    expect(result.mean).toBeLessThan(2 / 60);
    expect(result.loadsForChange).toBeLessThanOrEqual(2);
    // One interval and one read of the store.
    expect(result.secondsUntilAllChanged).toBeLessThan(66 + 30 + 1);
  },
);

it("an announced change reaches all clients with the load that finds it", async () => {
  const result = await simulate({
    clients,
    store: "acquirable",
    stored: "fresh",
    hasChanges: true,
  });
  expect(result.peakAtStart).toBeLessThanOrEqual(1);
  expect(result.loadsForChange).toBe(1);
  expect(result.secondsUntilAllChanged).toBeLessThan(66 + 1);
});
