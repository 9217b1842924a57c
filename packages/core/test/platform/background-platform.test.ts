import { expect, it, vi } from "vitest";
import {
  createBackgroundPlatform,
  type Fetch,
  type FetchInit,
} from "../../src/platform/platform.ts";

function host() {
  return { fetch: vi.fn<Fetch>(async () => Response.json([])), performance: { now: () => 0 } };
}

it("calls the current global fetch as a method", async () => {
  const globals = host();
  const { fetch } = createBackgroundPlatform(globals);
  const init: FetchInit = {
    method: "GET",
    headers: {},
    signal: new AbortController().signal,
    redirect: "manual",
  };
  for (const own of [globals.fetch, vi.fn<Fetch>(async () => Response.json([]))]) {
    globals.fetch = own;
    await fetch("https://flags.example/", init);
    expect(own.mock.calls).toEqual([["https://flags.example/", init]]);
    expect(own.mock.contexts).toEqual([globals]);
  }
});

it("retries three times and doubles the wait from 0.5 s to 8 s", () => {
  const { retries, delay } = createBackgroundPlatform(host()).retryPolicy;
  expect(retries).toBe(3);
  const random = vi.spyOn(Math, "random").mockReturnValue(1);
  expect([1, 2, 3, 4, 5, 6].map(delay)).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
  random.mockRestore();
});

it("has a stopwatch", () => {
  const globals = host();
  const { stopwatch } = createBackgroundPlatform(globals);
  globals.performance.now = () => 1.25;
  expect(stopwatch()).toBe(1.25);
});

it("counts live clients together with another evaluation of the package", async () => {
  const globals = host();
  const { liveClients } = createBackgroundPlatform(globals);
  vi.resetModules();
  const again = await import("../../src/platform/platform.ts");
  expect(again.createBackgroundPlatform).not.toBe(createBackgroundPlatform);
  expect(again.createBackgroundPlatform(globals).liveClients).toBe(liveClients);
});

it("works with a frozen global object", () => {
  const { liveClients } = createBackgroundPlatform(Object.freeze(host()));
  expect(liveClients.add("key", { warn: vi.fn(), error: vi.fn() })).toBeTypeOf("function");
});
