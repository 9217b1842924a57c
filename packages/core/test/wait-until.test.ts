import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { documentAnswer } from "./fake-environment.ts";
import { type Answer, FakeClock, fakePlatform, localClient, settle } from "./fake-platform.ts";

const unhandled = vi.fn();
beforeEach(() => void process.on("unhandledRejection", unhandled));
afterEach(() => {
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

/** A runtime that takes no more work, such as one whose request is over. */
const overdue = {
  waitUntil: () => {
    throw new Error("The request is over.");
  },
};

const broken: Answer = (request, count) => {
  if (count === 1) return documentAnswer(1);
  throw new TypeError(`no connection for ${request.method}`);
};

it.each([
  ["forRequest()", overdue, {}],
  ["the client", undefined, overdue],
])(
  "answers although the waitUntil of %s throws, and leaves no failure unhandled",
  async (_name, request, options) => {
    const clock = new FakeClock();
    const timers = { now: clock.now, sleep: clock.sleep };
    const platform = fakePlatform(broken, { timers });
    const flagsmith = localClient(platform, { ...options, enableAnalytics: true, retries: 0 });
    await flagsmith.ready();
    await clock.advance(120_000);
    const flags = await flagsmith.forRequest(request).getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    await clock.advance(1000);
    await settle();
    expect(platform.requests.map(({ method }) => method)).toContain("POST");
  },
);
