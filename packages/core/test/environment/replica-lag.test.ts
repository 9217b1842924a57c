import { afterEach, expect, it, vi } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import { allowNoUnhandledRejection, json } from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();

afterEach(() => {
  vi.restoreAllMocks();
});

const minute = 60_000;

/** Half of the requests reach a replica that is behind. Returns how often the client went back to the old document. */
async function countStepsBackwards(lagMs: number): Promise<number> {
  let changedAt = Number.POSITIVE_INFINITY;
  const { clock, flagsmith, value } = createPollingClient(() => {
    const isBehind = Math.random() < 0.5;
    const isChanged = clock.now() - (isBehind ? lagMs : 0) >= changedAt;
    const updated_at = new Date(isChanged ? changedAt : Date.UTC(2025, 0, 1)).toISOString();
    return json(environmentDocument(isChanged ? "new" : "old", { updated_at }));
  });
  await flagsmith.ready();
  await clock.advance(3 * minute);
  changedAt = clock.now();
  let stepCount = 0;
  let previous = await value();
  for (let elapsedMs = 0; elapsedMs < lagMs + 5 * minute; elapsedMs += minute) {
    await clock.advance(minute);
    const current = await value();
    if (previous === "new" && current === "old") stepCount++;
    previous = current;
  }
  expect(previous).toBe("new");
  await flagsmith.close();
  return stepCount;
}

it.each([
  { lagMinutes: 1, episodes: 40, maxSteps: 0 },
  { lagMinutes: 4, episodes: 40, maxSteps: 0 },
  { lagMinutes: 10, episodes: 100, maxSteps: 5 },
])(
  "a replica $lagMinutes minutes behind causes at most $maxSteps steps backwards in $episodes changes",
  async ({ lagMinutes, episodes, maxSteps }) => {
    // Fixed, so that the test always counts the same episodes.
    let state = 1;
    vi.spyOn(Math, "random").mockImplementation(() => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    });
    let stepCount = 0;
    for (let episode = 0; episode < episodes; episode++) {
      stepCount += await countStepsBackwards(lagMinutes * minute);
    }
    expect(stepCount).toBeLessThanOrEqual(maxSteps);
  },
);
