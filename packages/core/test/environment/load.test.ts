import { expect, it } from "vitest";
import { Load } from "../../src/environment/load.ts";
import { FakeClock } from "../fake-clock.ts";

it("a stage that is reached while the timer of a wait is created ends the wait", async () => {
  const clock = new FakeClock();
  // Deno runs microtasks, and with them a load from memory, while it creates its first timer.
  const start = (ms: number, task: () => void) => {
    load.reach("stored");
    return clock.start(ms, task);
  };
  const options = { timers: { ...clock, start }, sharesPromises: true, deadlineMs: 1000 };
  const load: Load = new Load(options);
  expect(await load.waitFor("loaded")).toBe(true);
  expect(clock.pending).toBe(0);
});
