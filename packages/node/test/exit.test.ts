import { expect, it } from "vitest";
import { nodePlatform } from "../src/node-platform.ts";

const listeners = () => process.listenerCount("beforeExit");

it("listens once for the end of the process, however many tasks wait for it, and not at all without one", () => {
  const before = listeners();
  const cancel = Array.from({ length: 100 }, () => nodePlatform.onExit?.(() => undefined));
  expect(listeners()).toBe(before + 1);
  for (const each of cancel) each?.();
  expect(listeners()).toBe(before);
});

it("has a stopwatch that runs finer than milliseconds", () => {
  const begin = nodePlatform.stopwatch?.() ?? Number.NaN;
  while ((nodePlatform.stopwatch?.() ?? 0) === begin) void 0;
  expect((nodePlatform.stopwatch?.() ?? 0) - begin).toBeGreaterThan(0);
});
