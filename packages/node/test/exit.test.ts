import { expect, it } from "vitest";
import { nodePlatform } from "../src/node-platform.ts";

const countListeners = () => process.listenerCount("beforeExit");

it("has one beforeExit listener for all tasks, and none without a task", () => {
  const before = countListeners();
  const cancels = Array.from({ length: 100 }, () => nodePlatform.onExit?.(() => undefined));
  expect(countListeners()).toBe(before + 1);
  for (const cancel of cancels) cancel?.();
  expect(countListeners()).toBe(before);
});

it("has a stopwatch with a resolution below one millisecond", () => {
  const begin = nodePlatform.stopwatch?.() ?? Number.NaN;
  while ((nodePlatform.stopwatch?.() ?? 0) === begin) void 0;
  expect((nodePlatform.stopwatch?.() ?? 0) - begin).toBeGreaterThan(0);
});
